// Independent readers in Python, for tests: the environment that tools/setup.sh made holds their packages.
#pragma once

#include "core/files.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace atl::tests {

/// What `script` prints to stdout with `arguments`. A test failure, with the output, if it does not end with 0.
inline std::string run_python(const std::string& script, const std::vector<std::string>& arguments) {
  const char* python = std::getenv("ATOLL_PYTHON");
  if (python == nullptr) {
    ADD_FAILURE() << "ATOLL_PYTHON is not set; run the tests with ctest";
    return {};
  }
  const TemporaryFolder folder("atoll-python");
  const std::filesystem::path file = folder.path() / "script.py";
  write_file_atomically(file, std::string_view(script));
  std::string command = fmt::format("'{}' '{}'", python, file.string());
  for (const std::string& argument : arguments) command += fmt::format(" '{}'", argument);
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    ADD_FAILURE() << "cannot start " << command;
    return {};
  }
  std::string output;
  char buffer[4096];
  while (const std::size_t n = std::fread(buffer, 1, sizeof(buffer), pipe)) output.append(buffer, n);
  EXPECT_EQ(::pclose(pipe), 0) << command << "\n" << output;
  return output;
}

}  // namespace atl::tests
