#include "envs/desktop/game/game_judge.h"

#include "core/error.h"
#include "envs/desktop/doom/hud.h"
#include "envs/desktop/doom/pickups.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace atl::envs::desktop {
namespace {

constexpr std::string_view kPickUp = "pick up the ";

Outcome success(std::string reason, std::string object) {
  Outcome outcome;
  outcome.terminated = true;
  outcome.reward = 1.0;
  outcome.verdict = Verdict::kSuccess;
  outcome.reason = std::move(reason);
  outcome.object = std::move(object);
  return outcome;
}

class FreePlay final : public GameJudge {
 public:
  void begin(const Task& /*task*/) override { outcome_ = {}; }
  void see(const Frame& /*frame*/) override {}
  [[nodiscard]] const Outcome& outcome() const override { return outcome_; }

 private:
  Outcome outcome_;
};

// Whether the thing that was taken is the one that was asked for: "shotgun" also means the pump-action one.
bool is_asked_for(std::string_view object, std::string_view target) {
  return object == target || (object.ends_with(target) && object[object.size() - target.size() - 1] == ' ');
}

class DoomJudge final : public GameJudge {
 public:
  explicit DoomJudge(const std::string& wad) : DoomJudge(WadFile(wad)) {}

  void begin(const Task& task) override {
    target_ = task.target;
    if (target_.empty() && task.instruction.starts_with(kPickUp)) target_ = task.instruction.substr(kPickUp.size());
    const auto items = table_.items();
    const bool known = target_.empty() || std::any_of(items.begin(), items.end(), [&](const PickupTable::Item& item) {
                         return is_asked_for(item.object, target_);
                       });
    if (!known) {
      std::vector<std::string_view> objects;
      for (const PickupTable::Item& item : items) objects.push_back(item.object);
      fail(ErrorKind::kEnvironment, "Doom has no \"{}\" to pick up; it has: {}", target_, fmt::join(objects, ", "));
    }
    outcome_ = {};
    tracker_ = PickupTracker(table_);
    pictures_ = 0;
  }

  void see(const Frame& frame) override {
    const auto pickup = tracker_.update(pictures_++, reader_.read(frame.view()));
    if (!pickup || target_.empty() || outcome_.is_over()) return;
    if (is_asked_for(pickup->object, target_)) outcome_ = success("picked up the " + pickup->object, pickup->object);
  }

  [[nodiscard]] const Outcome& outcome() const override { return outcome_; }

 private:
  explicit DoomJudge(const WadFile& wad) : reader_(wad), table_(wad), tracker_(table_) {}

  const HudReader reader_;
  const PickupTable table_;
  PickupTracker tracker_;  // reads table_
  std::string target_;     // empty: free play
  std::uint64_t pictures_ = 0;
  Outcome outcome_;
};

// The WAD that the game is started with: what follows -iwad.
std::string wad_of(const GameProfile& profile) {
  const auto& command = profile.program.command;
  const auto option = std::find(command.begin(), command.end(), "-iwad");
  if (option == command.end() || option + 1 == command.end())
    fail(ErrorKind::kConfig, "profile {}: judge doom_pickups reads the font of the WAD, but the command has no -iwad",
         profile.name);
  return *(option + 1);
}

}  // namespace

std::unique_ptr<GameJudge> create_doom_judge(const std::string& wad) { return std::make_unique<DoomJudge>(wad); }

std::unique_ptr<GameJudge> create_judge(const GameProfile& profile) {
  if (profile.tasks.judge == "doom_pickups") return create_doom_judge(wad_of(profile));
  return std::make_unique<FreePlay>();
}

}  // namespace atl::envs::desktop
