#include "core/picture_health.h"

namespace atl {

std::string_view to_string(PictureState state) {
  switch (state) {
    case PictureState::kLive: return "live";
    case PictureState::kStill: return "still";
    case PictureState::kBlank: return "blank";
    case PictureState::kFrozen: return "frozen";
    case PictureState::kHidden: return "hidden";
    case PictureState::kGone: return "gone";
  }
  return "unknown";
}

}  // namespace atl
