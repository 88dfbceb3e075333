"""Errors are named by what to do next.

    Trouble
    ├── Refused      the asker must change something; nothing was spent
    │   └── Spoiled  the studio took the job and then said no; asking the same again gives the same
    ├── OutOfCredit  the account is empty; tell whoever pays
    ├── Locked       the key is wrong or the plan lacks a feature; tell whoever set the bot up
    ├── TryAgain     busy or briefly broken, and certainly nothing was accepted; nobody need know yet
    ├── Unsure       a paid call may or may not have been accepted; look before doing anything else
    └── Broken       this installation cannot work as it is (disk, database, settings)

The message of each is a sentence for the person who asked; the cause for the log goes in `raise … from`.
"""

from bot.security.redaction import redact_known


class Trouble(Exception):
    """Something a person will read about."""

    def __init__(self, sentence: str) -> None:
        self.sentence = redact_known(sentence)  # a vendor may quote our own key at us
        super().__init__(self.sentence)


class Refused(Trouble):
    """Not as asked: says what is wrong and what to change, and at which option when there is one."""

    def __init__(self, sentence: str, option: str | None = None) -> None:
        super().__init__(sentence)
        self.option = option


class Spoiled(Refused):
    """The studio will not finish this job, however often it is asked."""


class OutOfCredit(Trouble):
    """The studio's account has nothing left."""


class Locked(Trouble):
    """The studio does not let us in, or not that far."""

    def __init__(self, sentence: str, feature: str | None = None) -> None:
        super().__init__(sentence)
        self.feature = feature


class TryAgain(Trouble):
    """Nothing was accepted; the same call may succeed after a pause."""

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Unsure(Trouble):
    """An answer was lost after something paid may have begun."""


class Broken(Trouble):
    """This installation cannot go on; said once, plainly, at the edge."""
