// Runs a libFuzzer target once over each file of the folders, and over each cut to its half: for builds without
// libFuzzer.
#include "core/error.h"
#include "core/files.h"

#include <fmt/core.h>

#include <cstdint>
#include <filesystem>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  int count = 0;
  try {
    for (int i = 1; i < argc; ++i) {
      for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
        const std::string bytes = atl::read_text_file(entry.path());
        const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
        LLVMFuzzerTestOneInput(data, bytes.size());
        LLVMFuzzerTestOneInput(data, bytes.size() / 2);
        ++count;
      }
    }
  } catch (const atl::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  fmt::print("{} seeds\n", count);
  return count > 0 ? 0 : 1;
}
