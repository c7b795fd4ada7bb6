#include "core/input_event.h"

#include <array>

namespace atl {
namespace {
constexpr std::array<std::string_view, 3> kOriginNames{"human", "agent", "expert"};
}

std::string_view to_string(Origin origin) { return kOriginNames.at(static_cast<std::size_t>(origin)); }

std::optional<Origin> find_origin(std::string_view name) {
  for (std::size_t i = 0; i < kOriginNames.size(); ++i) {
    if (kOriginNames[i] == name) return static_cast<Origin>(i);
  }
  return std::nullopt;
}

}  // namespace atl
