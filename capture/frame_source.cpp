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

std::string_view to_string(ProgramState state) {
  switch (state) {
    case ProgramState::kUnknown: return "unknown";
    case ProgramState::kRunning: return "running";
    case ProgramState::kStopped: return "stopped";
    case ProgramState::kSilent: return "silent";
  }
  return "unknown";
}

}  // namespace atl::capture
