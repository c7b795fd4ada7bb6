#include "agent/wordpiece.h"

#include "core/files.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace atl::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kSpecial = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";

std::string rejection(const std::string& vocabulary) {
  return tests::error_of([&] { static_cast<void>(WordPiece(vocabulary, "vocab.txt")); });
}

TEST(WordPiece, CutsOddTextsAsTheReferenceDoes) {
  const WordPiece tokenizer(read_text_file("tests/agent/fixtures/wordpiece_vocab.txt"), "wordpiece_vocab.txt");
  const auto cases = nlohmann::json::parse(read_text_file("tests/agent/fixtures/wordpiece.json"));
  ASSERT_GE(cases.size(), 40u);
  for (const auto& item : cases) {
    EXPECT_EQ(tokenizer.encode(item.at("text").get<std::string>()), item.at("small").get<std::vector<std::int64_t>>())
        << item.at("text");
  }
}

TEST(WordPiece, TakesTheLongestPieceAndUnknownForTheWholeWord) {
  const WordPiece tokenizer(std::string(kSpecial) + "un\nu\n##aff\n##able\n##a\n", "vocab.txt");
  EXPECT_THAT(tokenizer.encode("unaffable u"), ElementsAre(2, 4, 6, 7, 5, 3));
  EXPECT_THAT(tokenizer.encode("unaffably"), ElementsAre(2, 1, 3)) << "pieces found before the gap do not stay";
}

TEST(WordPiece, LeavesOutBytesThatAreNoUtf8) {
  const WordPiece tokenizer(std::string(kSpecial) + "red\n", "vocab.txt");
  for (const std::string text : {"r\xff"
                                 "ed",
                                 "re\xc3"
                                 "d",
                                 "red\xe2\x82", "\xed\xa0\x80red", "\xc0\xafred",
                                 "r\xf5\x80\x80\x80"
                                 "ed"})
    EXPECT_THAT(tokenizer.encode(text), ElementsAre(2, 4, 3)) << testing::PrintToString(text);
}

TEST(WordPiece, ReadsAVocabularyWithOrWithoutALastNewlineAndCarriageReturns) {
  EXPECT_EQ(WordPiece("[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]", "vocab.txt").vocabulary_size(), 4);
  EXPECT_EQ(WordPiece(kSpecial, "vocab.txt").padding(), 0);
}

TEST(WordPiece, NamesTheLineOfABadVocabulary) {
  EXPECT_THAT(rejection(std::string(kSpecial) + "red\n\nblue\n"),
              HasSubstr("cannot read vocab.txt: line 6 is empty, expected a piece"));
  EXPECT_THAT(rejection(std::string(kSpecial) + "red\nblue\nred\n"),
              HasSubstr("cannot read vocab.txt: line 7 is \"red\", as line 5 is, expected every piece once"));
  EXPECT_THAT(rejection("[PAD]\n[UNK]\n[CLS]\n"),
              HasSubstr("cannot read vocab.txt: none of its 3 lines is [SEP]: it is no vocabulary of BERT"));
  EXPECT_THAT(rejection(""), HasSubstr("none of its 0 lines is [PAD]"));
}

}  // namespace
}  // namespace atl::agent
