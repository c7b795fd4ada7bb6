"""The control vocabulary: 96 keys and 5 mouse buttons in the order of core/controls.h (a test compares them)."""

CONTROLS: tuple[str, ...] = (
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w",
    "x", "y", "z", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8",
    "f9", "f10", "f11", "f12", "up", "down", "left", "right", "left_shift", "left_ctrl", "left_alt", "left_meta",
    "right_shift", "right_ctrl", "right_alt", "right_meta", "space", "enter", "tab", "escape", "backspace", "delete",
    "insert", "home", "end", "page_up", "page_down", "caps_lock", "grave", "minus", "equal", "left_bracket",
    "right_bracket", "backslash", "semicolon", "apostrophe", "comma", "period", "slash", "keypad_0", "keypad_1",
    "keypad_2", "keypad_3", "keypad_4", "keypad_5", "keypad_6", "keypad_7", "keypad_8", "keypad_9", "keypad_plus",
    "keypad_minus", "keypad_enter", "mouse_left", "mouse_right", "mouse_middle", "mouse_side", "mouse_extra",
)
NUM_CONTROLS: int = len(CONTROLS)
INDEX_OF: dict[str, int] = {name: index for index, name in enumerate(CONTROLS)}
