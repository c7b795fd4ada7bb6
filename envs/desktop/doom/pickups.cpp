#include "envs/desktop/doom/pickups.h"

#include "envs/desktop/doom/demo.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

namespace atl::envs::desktop {
namespace {

// Names of the texts in DEHACKED lumps, with the text of Doom 1.9 (d_englsh.h). `object` is given where the text does
// not name the thing.
struct KnownText {
  std::string_view name;
  std::string_view text;
  std::string_view object = {};
};

constexpr std::array kKnownTexts = {
    KnownText{"GOTARMOR", "Picked up the armor."},
    KnownText{"GOTMEGA", "Picked up the MegaArmor!"},
    KnownText{"GOTHTHBONUS", "Picked up a health bonus."},
    KnownText{"GOTARMBONUS", "Picked up an armor bonus."},
    KnownText{"GOTSTIM", "Picked up a stimpack."},
    KnownText{"GOTMEDINEED", "Picked up a medikit that you REALLY need!"},
    KnownText{"GOTMEDIKIT", "Picked up a medikit."},
    KnownText{"GOTSUPER", "Supercharge!", "supercharge"},
    KnownText{"GOTBLUECARD", "Picked up a blue keycard."},
    KnownText{"GOTYELWCARD", "Picked up a yellow keycard."},
    KnownText{"GOTREDCARD", "Picked up a red keycard."},
    KnownText{"GOTBLUESKUL", "Picked up a blue skull key."},
    KnownText{"GOTYELWSKUL", "Picked up a yellow skull key."},
    KnownText{"GOTREDSKULL", "Picked up a red skull key."},
    KnownText{"GOTINVUL", "Invulnerability!", "invulnerability sphere"},
    KnownText{"GOTBERSERK", "Berserk!", "berserk pack"},
    KnownText{"GOTINVIS", "Partial Invisibility", "invisibility sphere"},
    KnownText{"GOTSUIT", "Radiation Shielding Suit", "radiation suit"},
    KnownText{"GOTMAP", "Computer Area Map", "computer map"},
    KnownText{"GOTVISOR", "Light Amplification Visor", "light amplification visor"},
    KnownText{"GOTMSPHERE", "MegaSphere!", "megasphere"},
    KnownText{"GOTCLIP", "Picked up a clip."},
    KnownText{"GOTCLIPBOX", "Picked up a box of bullets."},
    KnownText{"GOTROCKET", "Picked up a rocket."},
    KnownText{"GOTROCKBOX", "Picked up a box of rockets."},
    KnownText{"GOTCELL", "Picked up an energy cell."},
    KnownText{"GOTCELLBOX", "Picked up an energy cell pack."},
    KnownText{"GOTSHELLS", "Picked up 4 shotgun shells."},
    KnownText{"GOTSHELLBOX", "Picked up a box of shotgun shells."},
    KnownText{"GOTBACKPACK", "Picked up a backpack full of ammo!"},
    KnownText{"GOTBFG9000", "You got the BFG9000!  Oh, yes.", "BFG"},
    KnownText{"GOTCHAINGUN", "You got the chaingun!"},
    KnownText{"GOTCHAINSAW", "A chainsaw!  Find some meat!", "chainsaw"},
    KnownText{"GOTLAUNCHER", "You got the rocket launcher!"},
    KnownText{"GOTPLASMA", "You got the plasma gun!"},
    KnownText{"GOTSHOTGUN", "You got the shotgun!"},
    KnownText{"GOTSHOTGUN2", "You got the super shotgun!"},
};

constexpr int kUnreadPictures = 2;  // a line that comes back sooner was there all the time

std::string trimmed(std::string_view text) {
  const auto is_space = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return std::string(text);
}

// As the message line shows it: the font has capitals only.
std::string as_shown(std::string_view text) {
  std::string shown;
  for (const char c : text) shown += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return shown;
}

bool remove_first(std::string& text, std::initializer_list<std::string_view> prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (text.size() < prefix.size() || as_shown(text.substr(0, prefix.size())) != as_shown(prefix)) continue;
    text.erase(0, prefix.size());
    return true;
  }
  return false;
}

// "Picked up a box of ammo." -> "box of ammo"; empty when the text is not built like that.
std::string named_thing(std::string text) {
  if (!remove_first(text, {"you got ", "you found ", "picked up ", "found ", "got "})) return {};
  remove_first(text, {"the ", "an ", "a ", "some "});
  // An amount is no name: "1% health bonus", "4 shotgun shells".
  if (!text.empty() && std::isdigit(static_cast<unsigned char>(text.front())))
    text.erase(0, std::min(text.find(' '), text.size() - 1) + 1);
  for (const std::string_view stop : {",", "!", ".", " that ", " full of "}) {
    if (const std::size_t at = text.find(stop); at != std::string::npos) text.resize(at);
  }
  return text;
}

// `NAME = text` lines of a DEHACKED lump (the BEX form); a backslash at the end joins the next line.
std::optional<std::string> replaced_text(const std::string& dehacked, std::string_view name) {
  std::istringstream lines(dehacked);
  for (std::string line; std::getline(lines, line);) {
    std::string next;
    while (!line.empty() && line.back() == '\\' && std::getline(lines, next)) {
      line.pop_back();
      line += trimmed(next);
    }
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos && trimmed(line.substr(0, equals)) == name) return trimmed(line.substr(equals + 1));
  }
  return std::nullopt;
}

}  // namespace

PickupTable::PickupTable(const WadFile& wad) {
  const auto lump = wad.find("DEHACKED");
  const std::string dehacked = lump ? std::string(lump->begin(), lump->end()) : std::string();
  for (const KnownText& known : kKnownTexts) {
    const std::string text = replaced_text(dehacked, known.name).value_or(std::string(known.text));
    std::string object = named_thing(text);
    if (object.empty())
      object = known.object.empty() ? named_thing(std::string(known.text)) : std::string(known.object);
    items_.push_back({as_shown(text), object});
  }
}

std::optional<std::string_view> PickupTable::object_of(std::string_view shown) const {
  const auto found = std::find_if(items_.begin(), items_.end(), [&](const Item& i) { return i.message == shown; });
  return found == items_.end() ? std::nullopt : std::optional<std::string_view>(found->object);
}

std::optional<Pickup> PickupTracker::update(std::uint64_t tic, const HudReading& reading,
                                            const StatusNumbers& numbers) {
  // The red flash of damage hides the gold one, which is there again, and no new one, when it fades.
  const bool flashes = !reading.is_damaged() && reading.gold_flash() > last_.gold_flash();
  const auto rose = [](const std::optional<int>& before, const std::optional<int>& now) {
    return before && now && *now > *before;
  };
  const bool more_health = rose(numbers_.health, numbers.health);
  const bool more_armor = rose(numbers_.armor, numbers.armor);
  if (numbers.health) numbers_.health = numbers.health;
  if (numbers.armor) numbers_.armor = numbers.armor;
  if (!reading.is_damaged()) last_.palette = reading.palette;
  if (reading.text.empty()) {
    if (++num_empty_ > kUnreadPictures) last_.text.clear();
    return std::nullopt;
  }
  const bool is_new = reading.text != last_.text;
  last_.text = reading.text;
  num_empty_ = 0;
  const auto object = table_->object_of(reading.text);
  if (!object) return std::nullopt;
  const bool adds = (more_health && object->find("health") != std::string_view::npos) ||
                    (more_armor && object->find("armor") != std::string_view::npos);
  if (!is_new && !flashes && !adds) return std::nullopt;
  return Pickup{tic, std::string(*object), reading.text};
}

std::vector<Instruction> hindsight_instructions(std::span<const Pickup> pickups, Timestamp start,
                                                const HindsightSpan& span) {
  std::vector<Instruction> instructions;
  Timestamp earliest = start;
  for (const Pickup& pickup : pickups) {
    const Timestamp end = start + doom_time(pickup.tic + 1);
    const Timestamp begin = std::max(earliest, end - from_seconds(span.longest_s));
    if (end - begin < from_seconds(span.shortest_s)) continue;
    earliest = end;
    instructions.push_back({.text = "pick up the " + pickup.object,
                            .begin = begin,
                            .end = end,
                            .source = InstructionSource::kProgram,
                            .mark = SuccessMark::kSucceeded});
  }
  return instructions;
}

}  // namespace atl::envs::desktop
