// The labelling page: a browser's view of finished recordings, in which one annotator gives, changes and marks
// instructions. Used by `atoll label`.
#pragma once

#include "web/http_server.h"
#include "web/open_recording.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace atl::web {

struct LabelPageOptions {
  std::vector<std::filesystem::path> recordings;
  std::string annotator;
  PictureParts parts;
  /// The rule for recordings of a world; empty where there is none for it.
  std::function<DraftRule(const std::string& world)> find_draft_rule;
  std::string keyboard_json;  // how keys are laid out: [{"control", "label", "x", "y", "width"}]
};

class LabelPage {
 public:
  /// Adds its routes to `server`, which is borrowed, not started yet and stopped before this object goes. Recordings
  /// are opened when they are looked at.
  LabelPage(HttpServer& server, LabelPageOptions options);
  LabelPage(const LabelPage&) = delete;
  LabelPage& operator=(const LabelPage&) = delete;
  ~LabelPage();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace atl::web
