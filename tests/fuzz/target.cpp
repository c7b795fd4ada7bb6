// One libFuzzer target a parser: ATOLL_FUZZ_PARSER is its name (Parser::kMcap, ...).
#include "tests/fuzz/parsers.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static atl::fuzz::MemoryFile file;
  file.set({data, size});
  static_cast<void>(atl::fuzz::parse(atl::fuzz::Parser::ATOLL_FUZZ_PARSER, file.path()));
  return 0;
}
