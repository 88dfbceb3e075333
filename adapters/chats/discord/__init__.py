"""Discord as a chat: commands, menus, reactions and mentions come in, cards and videos go out."""
