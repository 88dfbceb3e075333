// Emoji with the words by which people look for them. The first group are those that make something.

export const MAKERS = [
  ["🎬", "make: the right video for what is there"], ["🗣️", "make it talk"], ["🕺", "dance"], ["💃", "dance"], ["😂", "fun, funny faces, joy"],
  ["🕰️", "nostalgia, gentle"], ["🎵", "classics, sings"], ["❌", "cancel"], ["🔁", "redo, once more"], ["🗑️", "delete"],
];

export const COMMON = `👍 thumbs up yes|👎 thumbs down no|❤️ heart love|🎉 party tada|🙌 hooray|👏 clap|🙏 thanks please|👀 eyes looking|✅ done check|⚠️ warning
😀 grin|😄 smile|😊 blush|😉 wink|😍 in love|🤩 star struck|😎 cool|🤔 thinking|😅 sweat|🙂 slight smile|🙃 upside down|😇 angel|🥳 celebrate|😴 sleep|😭 cry
😡 angry|🤯 mind blown|😱 scream|🤖 robot|👻 ghost|🔥 fire|✨ sparkles|⭐ star|💯 hundred|💡 idea|🚀 rocket|🏆 trophy|🎁 gift|🎂 cake birthday|☕ coffee
🍕 pizza|🌈 rainbow|☀️ sun|🌙 moon|❄️ snow|🌍 world|🐶 dog|🐱 cat|🦄 unicorn|🐢 turtle|🌱 plant|🌻 flower|📷 camera|🎤 microphone|🎧 headphones|🎨 art
📌 pin|📎 clip|📝 note|📅 calendar|⏳ waiting|⏰ alarm|🔒 lock|🔑 key|🛠️ tools|🐛 bug|💬 speech|💤 zzz|💪 strong|🤝 handshake|👋 wave hello|✌️ peace`
  .split(/[|\n]/).map((each) => {
    const at = each.indexOf(" ");
    return [each.slice(0, at), each.slice(at + 1)];
  });
