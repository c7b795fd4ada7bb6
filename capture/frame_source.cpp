#include "capture/frame_source.h"

namespace atl::capture {

std::string_view to_string(FrameStatus status) {
  switch (status) {
    case FrameStatus::kFrame: return "frame";
    case FrameStatus::kUnchanged: return "unchanged";
    case FrameStatus::kHidden: return "hidden";
    case FrameStatus::kGone: return "gone";
    case FrameStatus::kTimeout: return "timeout";
  }
  return "unknown";
}

}  // namespace atl::capture
