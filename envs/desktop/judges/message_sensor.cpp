#include "envs/desktop/judges/message_sensor.h"

#include "core/error.h"
#include "envs/desktop/doom/hud.h"
#include "envs/desktop/doom/pickups.h"
#include "envs/desktop/judges/hud_sensor.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace atl::envs::desktop {
namespace {

class MessageSensor final : public Sensor {
 public:
  explicit MessageSensor(const std::string& wad) : MessageSensor(WadFile(wad), "wad:" + wad + ":STTNUM") {}

  void begin(const RunFolders& /*folders*/, const std::string& target) override {
    const auto items = table_.items();
    const bool known = target.empty() || std::any_of(items.begin(), items.end(), [&](const PickupTable::Item& item) {
                         return is_meant(item.object, target);
                       });
    if (!known) {
      std::vector<std::string_view> objects;
      for (const PickupTable::Item& item : items) objects.push_back(item.object);
      fail(ErrorKind::kEnvironment, "Doom has no \"{}\" to pick up; it has: {}", target, fmt::join(objects, ", "));
    }
    tracker_ = PickupTracker(table_);
    shown_.clear();
    readings_.clear();
    pictures_ = 0;
  }

  void see(const Frame& frame) override {
    const HudReading line = reader_.read(frame.view());
    const auto pickup =
        tracker_.update(pictures_++, line, {number_in(health_, frame.view()), number_in(armor_, frame.view())});
    const bool is_new = line.text != shown_ && !line.text.empty();
    shown_ = line.text;
    if (!is_new && !pickup) return;
    Reading reading{{"message", line.text}};
    if (pickup) reading["object"] = pickup->object;
    readings_.push_back(std::move(reading));
  }

  [[nodiscard]] std::vector<Reading> poll() override { return std::exchange(readings_, {}); }

 private:
  MessageSensor(const WadFile& wad, const std::string& glyphs)
      : reader_(wad),
        table_(wad),
        health_("health 46 171 46 16", glyphs, {}),
        armor_("armor 177 171 46 16", glyphs, {}),
        tracker_(table_) {}

  static std::optional<int> number_in(const HudField& field, ImageView picture) {
    const auto number = to_number(field.read(picture));
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
  }

  const HudReader reader_;
  const PickupTable table_;
  const HudField health_;
  const HudField armor_;
  PickupTracker tracker_;  // reads table_
  std::string shown_;
  std::vector<Reading> readings_;
  std::uint64_t pictures_ = 0;
};

}  // namespace

bool is_meant(std::string_view object, std::string_view target) {
  return object == target || (object.ends_with(target) && object[object.size() - target.size() - 1] == ' ');
}

std::unique_ptr<Sensor> create_message_sensor(const JudgeProfile& judge) {
  return std::make_unique<MessageSensor>(judge.wad);
}

}  // namespace atl::envs::desktop
