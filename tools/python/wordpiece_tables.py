"""Writes agent/wordpiece_tables.h: what BERT's uncased basic tokenisation does with each character.

usage: python tools/python/wordpiece_tables.py > agent/wordpiece_tables.h
Needs `pip install tokenizers` (0.23 made the file): its BertNormalizer and BertPreTokenizer are asked about every
character of Unicode, so that the tables agree with it, whose Unicode is older than Python's.
"""
from tokenizers import normalizers, pre_tokenizers

LINE = 120
HANGUL = range(0xAC00, 0xD7A4)  # 11172 syllables, which agent/wordpiece.cpp takes apart by arithmetic
NOTES = range(0x1D15E, 0x1D1C1)  # composed musical symbols: left as they are

HEAD = """\
// What BERT's uncased basic tokenisation does with each character. Made by tools/python/wordpiece_tables.py from the
// package tokenizers; not edited by hand. Used by agent/wordpiece.cpp only.
#pragma once

namespace atl::agent::wordpiece {

// clang-format off
struct CharacterRange { char32_t first; char32_t last; };
struct CharacterShift { char32_t first; char32_t last; char32_t step; int by; };
struct CharacterPair { char32_t from; char32_t to[2]; };"""


def ask():
    """({character: text it becomes} where that is not itself, characters that split words)."""
    normaliser = normalizers.BertNormalizer(lowercase=True)  # and without accents, then
    splitter = pre_tokenizers.BertPreTokenizer()
    folded, punctuation = {}, []
    for code in range(0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        letter = chr(code)
        if (text := normaliser.normalize_str(letter)) != letter:
            folded[code] = text
        if len(splitter.pre_tokenize_str(f"a{letter}a")) == 3:
            punctuation.append(code)
    return folded, punctuation


def ranges(codes):
    found = []
    for code in sorted(codes):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return [f"{{0x{first:X}, 0x{last:X}}}," for first, last in found]


def shifts(single):
    found = []
    for code, to in sorted(single.items()):
        if found:
            first, last, step, by = found[-1]
            if by == to - code and (code - last == step or (first == last and code - last <= 2)):
                found[-1] = (first, code, code - last, by)
                continue
        found.append((code, code, 1, to - code))
    return [f"{{0x{first:X}, 0x{last:X}, {step}, {by}}}," for first, last, step, by in found]


def print_table(name, comment, rows):
    print(f"\n// {comment}\ninline constexpr {name}[] = {{")
    line = "   "
    for row in rows:
        if len(line) + 1 + len(row) > LINE:
            print(line)
            line = "   "
        line += " " + row
    print(line + "\n};")


def main():
    folded, punctuation = ask()
    spaces = [code for code, text in folded.items() if text == " "] + [0x20]
    removed = [code for code, text in folded.items() if text == ""]
    alone = [code for code, text in folded.items() if text[:1] == text[-1:] == " " and len(text) == 3]
    single = {code: ord(text) for code, text in folded.items() if len(text) == 1 and text != " "}
    double = {code: text for code, text in folded.items() if len(text) == 2 and code not in (*HANGUL, *NOTES)}
    rest = set(folded) - {*spaces, *removed, *alone, *single, *double, *HANGUL, *NOTES}
    assert not rest, [hex(code) for code in rest]
    print(HEAD)
    print_table("CharacterRange kSpaces", "Separate words.", ranges(spaces))
    print_table("CharacterRange kRemoved", "Left out: control and private characters, accents.", ranges(removed))
    print_table("CharacterRange kAlone", "Ideographs, a word each; those for compatibility stay what they are.",
                ranges(alone))
    print_table("CharacterRange kPunctuation", "A word each, too.", ranges(punctuation))
    print_table("CharacterPair kPairs", "Vowel signs that fall into two.",
                [f"{{0x{c:X}, {{0x{ord(t[0]):X}, 0x{ord(t[1]):X}}}}}," for c, t in sorted(double.items())])
    print_table("CharacterShift kShifts", "Lower case without accents, by what is added to every step-th of a range.",
                shifts(single))
    print("// clang-format on\n\n}  // namespace atl::agent::wordpiece")


if __name__ == "__main__":
    main()
