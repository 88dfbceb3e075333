"""What a rehearsed translation says, in each language the vendor offers.

Every sentence says the same: this is only a rehearsal of a translation into that language, made by the sandbox; with a
studio's key the speaker's own words would be heard here. Japanese is written in kana, since the voice reads no kanji.
"""

PHRASES: dict[str, tuple[str, ...]] = {
    "Arabic": ("هذا تمرين على الترجمة إلى العربية.", "الصوت الحقيقي يأتي من الاستوديو."),
    "Bulgarian": ("Това е репетиция на превод на български.", "Истинският глас идва от студиото."),
    "Chinese": ("这是中文翻译的彩排。", "真正的声音来自工作室。"),
    "Croatian": ("Ovo je proba prijevoda na hrvatski.", "Pravi glas dolazi iz studija."),
    "Czech": ("Toto je zkouška překladu do češtiny.", "Skutečný hlas přijde ze studia."),
    "Danish": ("Dette er en prøve på en oversættelse til dansk.", "Den rigtige stemme kommer fra studiet."),
    "Dutch": ("Dit is een repetitie van een vertaling in het Nederlands.", "De echte stem komt uit de studio."),
    "English": ("This is a rehearsal of a translation into English.", "The real voice comes from the studio."),
    "Filipino": ("Ito ay isang ensayo ng pagsasalin sa Filipino.", "Ang tunay na boses ay galing sa istudyo."),
    "Finnish": ("Tämä on suomenkielisen käännöksen harjoitus.", "Oikea ääni tulee studiosta."),
    "French": ("Ceci est une répétition de la traduction en français.", "La vraie voix viendra du studio."),
    "German": ("Das ist die Probe einer Übersetzung ins Deutsche.", "Die echte Stimme kommt aus dem Studio."),
    "Greek": ("Αυτή είναι μια πρόβα μετάφρασης στα ελληνικά.", "Η πραγματική φωνή έρχεται από το στούντιο."),
    "Hindi": ("यह हिन्दी अनुवाद का अभ्यास है।", "असली आवाज़ स्टूडियो से आएगी।"),
    "Indonesian": ("Ini adalah latihan terjemahan ke bahasa Indonesia.", "Suara aslinya datang dari studio."),
    "Italian": ("Questa è una prova della traduzione in italiano.", "La vera voce arriverà dallo studio."),
    "Japanese": ("これは にほんごへの ほんやくの れんしゅうです。", "ほんとうの こえは スタジオから とどきます。"),
    "Korean": ("이것은 한국어 번역 연습입니다.", "진짜 목소리는 스튜디오에서 옵니다."),
    "Malay": ("Ini ialah latihan terjemahan ke bahasa Melayu.", "Suara sebenar datang dari studio."),
    "Polish": ("To jest próba tłumaczenia na polski.", "Prawdziwy głos przyjdzie ze studia."),
    "Portuguese": ("Este é um ensaio da tradução para português.", "A voz verdadeira virá do estúdio."),
    "Romanian": ("Aceasta este o repetiție a traducerii în română.", "Vocea adevărată vine din studio."),
    "Russian": ("Это репетиция перевода на русский язык.", "Настоящий голос придёт из студии."),
    "Slovak": ("Toto je skúška prekladu do slovenčiny.", "Skutočný hlas príde zo štúdia."),
    "Spanish": ("Este es un ensayo de la traducción al español.", "La voz verdadera vendrá del estudio."),
    "Swedish": ("Det här är en repetition av översättningen till svenska.", "Den riktiga rösten kommer från studion."),
    "Tamil": ("இது தமிழ் மொழிபெயர்ப்பின் ஒத்திகை.", "உண்மையான குரல் ஸ்டுடியோவிலிருந்து வரும்."),
    "Turkish": ("Bu, Türkçe çevirinin bir provasıdır.", "Gerçek ses stüdyodan gelecek."),
    "Ukrainian": ("Це репетиція перекладу українською.", "Справжній голос надійде зі студії."),
}


def phrases_for(language: str) -> tuple[str, ...]:
    """The sentences of a language, English ones where we have none of its own."""
    wanted = language.strip().lower()
    return next((said for name, said in PHRASES.items() if wanted.startswith(name.lower())), PHRASES["English"])
