// Which Atoll this is, on which machine and when: written beside every output, so that a result can be made again.
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

/// Now, in UTC, to the second: "2026-11-21T09:30:00Z" (ISO 8601).
[[nodiscard]] std::string utc_now();

}  // namespace atl
