#include "core/files.h"

#include "core/error.h"
#include "core/random.h"
#include "tests/core/file_size_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace atl {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::vector<std::uint8_t> random_bytes(std::size_t count) {
  Random random(count);
  std::vector<std::uint8_t> bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

std::size_t num_files_in(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

template <class Call>
std::string file_error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFile);
    return error.what();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

TEST(Files, ReadBackWhatWasWritten) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "bytes";
  for (const std::size_t size : {0UL, 1UL, 65'535UL, 65'536UL, 65'537UL, 1'000'000UL}) {
    const std::vector<std::uint8_t> bytes = random_bytes(size);
    write_file_atomically(path, bytes);
    EXPECT_EQ(read_binary_file(path), bytes) << size;
  }
  write_file_atomically(path, std::string_view("text with a zero \0 inside", 25));
  EXPECT_EQ(read_text_file(path), std::string("text with a zero \0 inside", 25));
  EXPECT_EQ(num_files_in(folder.path()), 1U);
}

TEST(Files, AFullDiskRaisesAndKeepsTheOldFile) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "kept";
  write_file_atomically(path, std::string_view("the old content"));
  {
    const FileSizeLimit limit(10'000);
    EXPECT_THAT(file_error_of([&] { write_file_atomically(path, random_bytes(10'001)); }), HasSubstr("kept"));
  }
  EXPECT_EQ(read_text_file(path), "the old content");
  EXPECT_EQ(num_files_in(folder.path()), 1U);  // no half-written temporary file is left
  write_file_atomically(path, random_bytes(10'001));
  EXPECT_EQ(read_binary_file(path), random_bytes(10'001));
}

TEST(Files, AnExactlyFittingFileIsWritten) {
  const TemporaryFolder folder;
  const FileSizeLimit limit(10'000);
  write_file_atomically(folder.path() / "fits", random_bytes(10'000));
  EXPECT_EQ(read_binary_file(folder.path() / "fits"), random_bytes(10'000));
}

TEST(Files, AFailedRenameLeavesNothingBehind) {
  const TemporaryFolder folder;
  fs::create_directories(folder.path() / "taken" / "inside");
  EXPECT_THAT(file_error_of([&] { write_file_atomically(folder.path() / "taken", std::string_view("x")); }),
              HasSubstr("taken"));
  EXPECT_EQ(num_files_in(folder.path()), 1U);
}

TEST(Files, ErrorsNamePathAndReason) {
  const TemporaryFolder folder;
  EXPECT_THAT(file_error_of([&] { static_cast<void>(read_text_file(folder.path() / "none")); }),
              testing::AllOf(HasSubstr("none"), HasSubstr("No such file")));
  EXPECT_THAT(file_error_of([&] { static_cast<void>(read_binary_file(folder.path())); }), HasSubstr("directory"));
  EXPECT_THAT(file_error_of([&] { write_file_atomically(folder.path() / "no" / "folder", std::string_view("x")); }),
              HasSubstr("No such file"));
}

TEST(OutputFolder, IsMadeWithItsParentsAndRefusedWhenNotEmpty) {
  const TemporaryFolder folder;
  const fs::path out = folder.path() / "a" / "b";
  create_output_folder(out);
  EXPECT_TRUE(fs::is_directory(out));
  create_output_folder(out);  // still empty
  write_file_atomically(out / "result", std::string_view("precious"));
  EXPECT_THAT(file_error_of([&] { create_output_folder(out); }), HasSubstr("not empty"));
  EXPECT_EQ(read_text_file(out / "result"), "precious");
  EXPECT_THAT(file_error_of([&] { create_output_folder(out / "result"); }), HasSubstr("is a file"));
  EXPECT_THAT(file_error_of([&] { create_output_folder(out / "result" / "below"); }), HasSubstr("below"));
}

TEST(TemporaryFolder, IsItsOwnAndGoesWithItsContents) {
  fs::path first_path;
  {
    const TemporaryFolder first("atoll-test");
    const TemporaryFolder second("atoll-test");
    first_path = first.path();
    EXPECT_NE(first.path(), second.path());
    EXPECT_TRUE(first_path.filename().string().starts_with("atoll-test-"));
    fs::create_directories(first_path / "deep" / "deeper");
    write_file_atomically(first_path / "deep" / "file", std::string_view("x"));
  }
  EXPECT_FALSE(fs::exists(first_path));
}

}  // namespace
}  // namespace atl
