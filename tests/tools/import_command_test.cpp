// What `atoll import doom-demo` refuses, and how it ends when it is interrupted. tests/desktop reads what it writes.
#include "core/files.h"
#include "tests/tools/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace atl::tools_test {
namespace {

using testing::HasSubstr;

class ImportCommand : public testing::Test {
 protected:
  void SetUp() override {
    if (run_atoll({"import", "--help"}).exit_code != 0) GTEST_SKIP() << "this build has no desktop, so no import";
  }

  // A program finds its profiles above its own folder: a copy of it finds the copies beside it.
  std::filesystem::path program_with_profile(const std::string& profile) {
    const std::filesystem::path program = folder_.path() / "bin" / "atoll";
    std::filesystem::create_directories(program.parent_path());
    std::filesystem::copy_file(program_path("atoll"), program);
    std::filesystem::create_directories(folder_.path() / "profiles");
    write_file_atomically(folder_.path() / "profiles" / "doom.toml", profile);
    return program;
  }

  TemporaryFolder folder_;
  std::string out_ = (folder_.path() / "out").string();
};

TEST_F(ImportCommand, AMissingGameIsToldBeforeAFolderIsMade) {
  std::string profile = read_text_file("profiles/doom.toml");
  for (std::size_t at = 0; (at = profile.find("\"dsda-doom\"", at)) != std::string::npos;)
    profile.replace(at, 11, "\"no-such-doom\"");
  const ProgramResult result =
      run_atoll({"import", "doom-demo", "DEMO1", "--out", out_}, program_with_profile(profile));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("no-such-doom"));
  EXPECT_FALSE(std::filesystem::exists(out_)) << "the call after the installation needs it";
}

TEST_F(ImportCommand, AnInterruptedImportFailsAndSaysWhatIsLeft) {
  if (!std::filesystem::exists("/usr/share/games/doom/freedoom1.wad")) GTEST_SKIP() << "freedoom is not installed";
  Program program({"import", "doom-demo", "DEMO1", "--out", out_});
  ASSERT_TRUE(program.wait_for_stderr(": tic ", 60.0));
  program.send_signal(SIGINT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.err, testing::AllOf(HasSubstr("stopped after "), HasSubstr(out_)));
}

TEST_F(ImportCommand, FlagsThatAllMakesVoidAreRefused) {
  for (const std::vector<std::string>& extra : {std::vector<std::string>{"--player", "1"}, {"DEMO1"}}) {
    std::vector<std::string> arguments = {"import", "doom-demo", "--all", "--out", out_};
    arguments.insert(arguments.end(), extra.begin(), extra.end());
    EXPECT_EQ(run_atoll(arguments).exit_code, 2);
    EXPECT_FALSE(std::filesystem::exists(out_));
  }
}

}  // namespace
}  // namespace atl::tools_test
