// What an error says, for tests of messages.
#pragma once

#include "core/error.h"

#include <string>

namespace atl::tests {

/// The message of the Error that `work` throws; empty if it throws none. Other exceptions go on.
template <class Work>
[[nodiscard]] std::string error_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace atl::tests
