#include "core/error.h"

namespace atl {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage: return "usage";
    case ErrorKind::kConfig: return "config";
    case ErrorKind::kFile: return "file";
    case ErrorKind::kFormat: return "format";
    case ErrorKind::kVersion: return "version";
    case ErrorKind::kContract: return "contract";
    case ErrorKind::kDevice: return "device";
    case ErrorKind::kNetwork: return "network";
    case ErrorKind::kEnvironment: return "environment";
    case ErrorKind::kInternal: return "internal";
  }
  return "unknown";
}

namespace detail {
void check_failed(const char* condition, const char* file, int line, const std::string& message) {
  throw Error(ErrorKind::kInternal, fmt::format("{} ({} is false, {}:{})", message, condition, file, line));
}
}  // namespace detail

}  // namespace atl
