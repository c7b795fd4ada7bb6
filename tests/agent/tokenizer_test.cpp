#include "agent/tokenizer.h"

#include "core/error.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kTexts{"go to the red box", "walk to the green ball", "Pick up the yellow cone!"};

using tests::error_of;

TEST(Tokenizer, HasOneTokenAWordAndComesBackAsText) {
  const Tokenizer tokenizer = train_tokenizer(kTexts, {});
  const std::vector<std::int64_t> ids = tokenizer.encode("go to the yellow ball");
  EXPECT_EQ(ids.size(), 5U);
  EXPECT_EQ(tokenizer.decode(ids), "go to the yellow ball");
  EXPECT_EQ(tokenizer.vocabulary_size(), 2 + 12);  // padding, unknown, and the words of kTexts
}

TEST(Tokenizer, FoldsCaseAndPunctuation) {
  const Tokenizer tokenizer = train_tokenizer(kTexts, {});
  EXPECT_EQ(tokenizer.encode("  Go to THE (red) box. "), tokenizer.encode("go to the red box"));
}

TEST(Tokenizer, LeavesOutWhatItDoesNotKnow) {
  const Tokenizer tokenizer = train_tokenizer(kTexts, {});
  EXPECT_EQ(tokenizer.encode("go to the zeppelin red box"), tokenizer.encode("go to the red box"));
  EXPECT_THAT(tokenizer.encode(""), IsEmpty());
  EXPECT_THAT(tokenizer.encode("zeppelin ?!"), IsEmpty());
}

TEST(Tokenizer, PadsToALengthAndRefusesMore) {
  const Tokenizer tokenizer = train_tokenizer(kTexts, {});
  std::vector<std::int64_t> ids(4, 77);
  tokenizer.encode_padded("red box", ids);
  const std::vector<std::int64_t> words = tokenizer.encode("red box");
  EXPECT_THAT(ids, ElementsAre(words[0], words[1], Tokenizer::kPadding, Tokenizer::kPadding));
  EXPECT_THAT(error_of([&] { tokenizer.encode_padded("go to the red box", ids); }),
              HasSubstr("\"go to the red box\" has 5 tokens, the policy reads at most 4"));
}

TEST(Tokenizer, SurvivesItsBytesAndTrainsTheSameTwice) {
  const Tokenizer first = train_tokenizer(kTexts, {});
  const Tokenizer second = train_tokenizer(kTexts, {});
  EXPECT_EQ(first.serialise(), second.serialise());
  const Tokenizer read(first.serialise());
  EXPECT_EQ(read.encode(kTexts[1]), first.encode(kTexts[1]));
}

TEST(Tokenizer, UnigramSplitsWordsItNeverSaw) {
  std::vector<std::string> texts;
  for (int i = 0; i < 20; ++i) texts.insert(texts.end(), kTexts.begin(), kTexts.end());
  const Tokenizer tokenizer = train_tokenizer(texts, {.model_type = "unigram", .vocab_size = 40});
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("red yellow")), "red yellow");
  EXPECT_GT(tokenizer.encode("greed").size(), 1U);
}

TEST(Tokenizer, RefusesBytesAndTextsItCannotUse) {
  EXPECT_THAT(error_of([] { Tokenizer("not a model"); }), HasSubstr("11 bytes are no SentencePiece model"));
  EXPECT_THAT(error_of([] { Tokenizer(""); }), HasSubstr("0 bytes are no SentencePiece model"));
  const std::vector<std::string> blank{"", " ?"};
  EXPECT_THAT(error_of([&] { static_cast<void>(train_tokenizer(blank, {})); }),
              HasSubstr("2 texts without a single word"));
}

}  // namespace
}  // namespace atl::agent
