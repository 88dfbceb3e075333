"""Errors are named by what to do next.

    Trouble
    ├── Refused      the asker must change something; nothing was spent
    │   ├── NotOffered  this studio lacks what was asked for; another may have it
    │   ├── Unusable    this studio can do nothing with a picture or file; another may
    │   └── Spoiled  the studio accepted the job and then failed it; the same request fails again
    ├── OutOfCredit  the account is empty; the account owner must act
    ├── Locked       the key is wrong or the plan lacks a feature; the operator must act
    ├── TryAgain     busy or briefly broken, and certainly nothing was accepted; retry silently
    ├── Unsure       a paid call may have been accepted; look for it before doing anything else
    └── Broken       this installation cannot work as it is (disk, database, settings)

The message of each is a sentence for the asker; the cause for the log goes in `raise … from`.
"""

from bot.security.redaction import redact_known


class Trouble(Exception):
    """An error whose sentence people read."""

    another_may_make_it = False  # whether it is worth asking another studio

    def __init__(self, sentence: str) -> None:
        self.sentence = redact_known(sentence)  # a vendor may quote our own key
        super().__init__(self.sentence)


class Refused(Trouble):
    """Says what is wrong and what to change, and at which option."""

    def __init__(self, sentence: str, option: str | None = None) -> None:
        super().__init__(sentence)
        self.option = option


class NotOffered(Refused):
    """A fault of no request: this studio does not have what it asks for."""

    another_may_make_it = True


class Unusable(Refused):
    """No face was found, or a file could not be opened; another studio may see it differently."""

    another_may_make_it = True


class Spoiled(Refused):
    """The studio will not finish this job, however often it is submitted."""


class OutOfCredit(Trouble):
    """The studio's account has nothing left."""

    another_may_make_it = True


class Locked(Trouble):
    """The studio does not let us in, or not that far."""

    another_may_make_it = True

    def __init__(self, sentence: str, feature: str | None = None) -> None:
        super().__init__(sentence)
        self.feature = feature


class TryAgain(Trouble):
    """Nothing was accepted; the same call may succeed after a pause."""

    another_may_make_it = True

    def __init__(self, sentence: str, retry_after: float | None = None) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class Unsure(Trouble):
    """An answer was lost after something paid may have begun."""

    another_may_make_it = True


class Broken(Trouble):
    """This installation cannot work; reported once at the edge."""
