#include "web/label_page.h"

#include "core/error.h"
#include "core/files.h"
#include "datasets/recording_file.h"
#include "web/pages.h"

#include <nlohmann/json.hpp>

#include <list>
#include <mutex>

namespace atl::web {
namespace {

constexpr std::size_t kMostOpen = 3;  // recordings; one of ten hours takes some 100 MB

HttpAnswer bytes(std::string body) { return {.type = "application/octet-stream", .body = std::move(body)}; }

}  // namespace

struct LabelPage::State {
  struct Entry {
    std::size_t index;
    std::shared_ptr<OpenRecording> recording;  // shared: requests that still read it when another one takes its place
  };

  LabelPageOptions options;
  std::mutex mutex;
  std::list<Entry> open;  // guarded by mutex; the one that was used last first

  std::shared_ptr<OpenRecording> recording(const HttpRequest& request);
  [[nodiscard]] std::string list() const;
  [[nodiscard]] std::string draft(const HttpRequest& request);
};

std::shared_ptr<OpenRecording> LabelPage::State::recording(const HttpRequest& request) {
  const std::size_t index = request.index("recording");
  if (index >= options.recordings.size())
    fail(ErrorKind::kUsage, "recording {}, expected < {}", index, options.recordings.size());
  const std::lock_guard lock(mutex);
  for (auto entry = open.begin(); entry != open.end(); ++entry) {
    if (entry->index != index) continue;
    open.splice(open.begin(), open, entry);
    return open.front().recording;
  }
  open.push_front(
      {index, std::make_shared<OpenRecording>(options.recordings[index], options.annotator, options.parts)});
  if (open.size() > kMostOpen) open.pop_back();
  return open.front().recording;
}

// Without opening any: names, sizes and who labelled them.
std::string LabelPage::State::list() const {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const std::filesystem::path& folder : options.recordings) {
    const std::string world = datasets::parse_recording_header(read_text_file(folder / datasets::kRecordingFile),
                                                               (folder / datasets::kRecordingFile).string())
                                  .facts.world;
    rows.push_back(
        {{"name", std::filesystem::weakly_canonical(folder).filename().string()},
         {"world", world},
         {"megabytes", static_cast<double>(std::filesystem::file_size(folder / datasets::kSessionFile)) * 1e-6},
         {"annotators", datasets::annotators_of(folder)},
         {"drafts", options.find_draft_rule && options.find_draft_rule(world) != nullptr}});
  }
  return nlohmann::ordered_json{{"annotator", options.annotator},
                                {"keyboard", nlohmann::ordered_json::parse(options.keyboard_json)},
                                {"recordings", std::move(rows)}}
      .dump();
}

std::string LabelPage::State::draft(const HttpRequest& request) {
  const std::shared_ptr<OpenRecording> chosen = recording(request);
  const std::filesystem::path path = options.recordings[request.index("recording")] / datasets::kRecordingFile;
  const std::string world = datasets::parse_recording_header(read_text_file(path), path.string()).facts.world;
  const DraftRule rule = options.find_draft_rule ? options.find_draft_rule(world) : DraftRule{};
  if (!rule) fail(ErrorKind::kUsage, "there is no rule that drafts labels for the world {}", world);
  return chosen->draft(request.index("episode"), rule);
}

LabelPage::LabelPage(HttpServer& server, LabelPageOptions options) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.options = std::move(options);
  datasets::require_annotator_name(s.options.annotator);
  serve_page(server, "label");
  server.on_get("api/recordings", [&s](const HttpRequest&) { return HttpAnswer{.body = s.list()}; });
  server.on_get("api/recording", [&s](const HttpRequest& r) { return HttpAnswer{.body = s.recording(r)->describe()}; });
  server.on_get("api/actions", [&s](const HttpRequest& r) {
    return HttpAnswer{.body = s.recording(r)->actions(r.index("episode"), r.number("from"), r.number("to"))};
  });
  server.on_get("api/pictures", [&s](const HttpRequest& r) {
    const PictureWish wish{.episode = r.index("episode"),
                           .from_s = r.number("from"),
                           .to_s = r.number("to"),
                           .gap_s = r.number("gap"),
                           .most = r.index("most"),
                           .most_px = static_cast<int>(std::min<std::size_t>(r.index("width"), 1 << 14))};
    return bytes(s.recording(r)->pictures(wish));
  });
  server.on_post("api/edit", [&s](const HttpRequest& r) { return HttpAnswer{.body = s.recording(r)->edit(r.body)}; });
  server.on_post("api/undo", [&s](const HttpRequest& r) { return HttpAnswer{.body = s.recording(r)->undo()}; });
  server.on_post("api/redo", [&s](const HttpRequest& r) { return HttpAnswer{.body = s.recording(r)->redo()}; });
  server.on_post("api/draft", [&s](const HttpRequest& r) { return HttpAnswer{.body = s.draft(r)}; });
}

LabelPage::~LabelPage() = default;

}  // namespace atl::web
