#include "envs/desktop/game/scene_request.h"

#include "core/error.h"
#include "core/files.h"
#include "envs/desktop/judges/conditions.h"
#include "envs/desktop/judges/telemetry_sensor.h"

#include <nlohmann/json.hpp>

namespace atl::envs::desktop {

SceneRequest::SceneRequest(const ResetProfile& reset, const std::filesystem::path& home)
    : reset_(reset), home_(home), answers_(home / reset.answers, LineTail::Start::kBeginning) {}

Reading SceneRequest::ask(const Scene& scene, const std::function<void()>& look) {
  ++episode_;
  const std::string number = std::to_string(episode_);
  std::vector<Condition> ready;
  for (const std::string& text : reset_.ready)
    ready.emplace_back(fill_names(
        text, [&](std::string_view name) { return name == "episode" ? std::optional(number) : std::nullopt; }));
  const nlohmann::ordered_json request = {{"episode", episode_},    {"seed", scene.seed},   {"task", scene.task},
                                          {"target", scene.target}, {"scene", scene.scene}, {"count", scene.count}};
  static_cast<void>(answers_.poll());  // what was said before is no answer
  write_file_atomically(home_ / reset_.request, request.dump() + "\n");
  const Timestamp deadline = MonotonicClock::now() + from_seconds(reset_.timeout_s);
  std::string last = "nothing";
  for (;;) {
    for (const std::string& line : answers_.poll()) {
      auto answer = parse_telemetry(line);
      if (!answer) continue;
      if (all_hold(ready, *answer, {})) return *std::move(answer);
      const auto episode = answer->find("episode");
      const auto error = answer->find("error");
      if (error != answer->end() && episode != answer->end() && to_text(episode->second) == number)
        fail(ErrorKind::kEnvironment, "the game cannot begin an episode: {}", to_text(error->second));
      last = line;
    }
    if (MonotonicClock::now() >= deadline)
      fail(ErrorKind::kEnvironment, "the game's mod did not begin episode {} within {} s; the last it wrote: {}",
           episode_, reset_.timeout_s, last.substr(0, 400));
    look();
  }
}

}  // namespace atl::envs::desktop
