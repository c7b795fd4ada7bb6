// Arrays for tests/distributed/referee.py and back, as files of floats.
#pragma once

#include "core/files.h"
#include "tests/run_python.h"

#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace atl::tests {

inline void write_floats(const std::filesystem::path& file, std::span<const float> values) {
  write_file_atomically(file, std::span(reinterpret_cast<const std::uint8_t*>(values.data()), values.size_bytes()));
}

inline std::vector<float> read_floats(const std::filesystem::path& file) {
  const std::vector<std::uint8_t> bytes = read_binary_file(file);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

/// Runs Python lines with the referee's functions, numpy as np, `read(name)` and `write(name, array)` of float files in
/// `folder`.
inline void ask_referee(const std::filesystem::path& folder, const std::string& lines) {
  const std::string begin =
      "import sys\n"
      "sys.path.insert(0, 'tests/distributed')\n"
      "import numpy as np\n"
      "from referee import *\n"
      "def read(name): return np.fromfile(sys.argv[1] + '/' + name, np.float32)\n"
      "def write(name, x): np.asarray(x, np.float32).tofile(sys.argv[1] + '/' + name)\n";
  run_python(begin + lines, {folder.string()});
}

}  // namespace atl::tests
