// Which Atoll this is: written beside every output, so that a result can be made again.
#pragma once

#include <string>
#include <string_view>

namespace atl {

/// Release of the sources, "0.1.0".
[[nodiscard]] std::string_view version();

/// Revision the program was built from, as `git describe --always --dirty` gave it at configure time; "unknown" outside
/// a checkout.
[[nodiscard]] std::string_view git_revision();

/// Processor, number of cores and system in one line: "AMD EPYC, 2 cores, Linux 6.18.0".
[[nodiscard]] std::string machine_description();

}  // namespace atl
