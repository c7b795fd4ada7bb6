// Records survive any end of the program: what was whole is read, what was torn is cut off, what is damaged is told.
#include "distributed/record_file.h"

#include "core/files.h"
#include "tests/error_of.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

namespace atl::distributed {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Span = std::span<const std::uint8_t>;

Span bytes_of(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

void append(RecordWriter& writer, const std::string& text) {
  const std::array<Span, 2> halves{bytes_of(text).first(text.size() / 2), bytes_of(text).subspan(text.size() / 2)};
  writer.append(7, halves);
}

std::vector<std::string> texts_of(const std::filesystem::path& path) {
  RecordReader reader(path);
  std::vector<std::string> texts;
  while (const auto record = reader.next()) {
    EXPECT_EQ(record->type, 7U);
    texts.emplace_back(record->body.begin(), record->body.end());
  }
  return texts;
}

class RecordFile : public testing::Test {
 protected:
  void SetUp() override {
    RecordWriter writer(path_);
    for (const char* text : {"one", "", "three"}) append(writer, text);
    writer.flush();
  }
  TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "records";
};

TEST_F(RecordFile, GivesBackWhatWasAppended) { EXPECT_THAT(texts_of(path_), ElementsAre("one", "", "three")); }

TEST_F(RecordFile, GoesOnWhereItWas) {
  {
    RecordWriter writer(path_);
    append(writer, "four");
  }
  EXPECT_THAT(texts_of(path_), ElementsAre("one", "", "three", "four"));
}

TEST_F(RecordFile, LosesOnlyWhatWasTorn) {
  const std::vector<std::uint8_t> whole = read_binary_file(path_);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_file_atomically(path_, Span(whole).first(size));
    const std::size_t before = texts_of(path_).size();
    EXPECT_EQ(before, size < 16 + 24 + 3 ? 0U : size < 16 + 24 + 3 + 24 ? 1U : 2U) << size << " bytes";
    {
      RecordWriter writer(path_);
      append(writer, "more");
    }
    const std::vector<std::string> after = texts_of(path_);
    ASSERT_EQ(after.size(), before + 1) << size << " bytes";
    EXPECT_EQ(after.back(), "more");
  }
}

TEST_F(RecordFile, TellsDamageFromATornEnd) {
  const std::vector<std::uint8_t> whole = read_binary_file(path_);
  for (std::size_t place = 40; place < 43; ++place) {  // the body of the first
    std::vector<std::uint8_t> damaged = whole;
    damaged[place] ^= 0x10;
    write_file_atomically(path_, Span(damaged));
    EXPECT_THAT(tests::error_of([&] { texts_of(path_); }), HasSubstr("the record at byte 16 is damaged"));
  }
}

TEST_F(RecordFile, RefusesOtherFiles) {
  write_file_atomically(path_, std::string_view("something else, of some length"));
  EXPECT_THAT(tests::error_of([&] { RecordReader reader(path_); }), HasSubstr("ATOLLREC"));
  std::vector<std::uint8_t> newer{'A', 'T', 'O', 'L', 'L', 'R', 'E', 'C', 9, 0, 0, 0, 0, 0, 0, 0};
  write_file_atomically(path_, Span(newer));
  EXPECT_THAT(tests::error_of([&] { RecordReader reader(path_); }), HasSubstr("version 9"));
  EXPECT_THAT(tests::error_of([&] { RecordReader reader(folder_.path() / "none"); }), HasSubstr("opening"));
}

TEST_F(RecordFile, ReadsOneByItsPlace) {
  RecordReader reader(path_);
  const auto first = reader.next();
  const auto second = reader.next();
  const Record third = reader.at(second->place + 24);
  EXPECT_EQ(std::string(third.body.begin(), third.body.end()), "three");
  EXPECT_THAT(tests::error_of([&] { static_cast<void>(reader.at(first->place + 1)); }),
              HasSubstr("no whole record at byte 17"));
}

TEST(RecordWriter, TellsOfAFullDisk) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  EXPECT_THAT(tests::error_of([] { RecordWriter writer("/dev/full"); }),
              testing::AnyOf(HasSubstr("No space"), HasSubstr("failed")));
}

}  // namespace
}  // namespace atl::distributed
