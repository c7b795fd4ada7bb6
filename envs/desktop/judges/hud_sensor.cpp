#include "envs/desktop/judges/hud_sensor.h"

#include "core/error.h"
#include "envs/desktop/doom/hud.h"
#include "envs/desktop/doom/patch.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr std::string_view kWad = "wad:";
constexpr double kPictureShare = 0.9;  // of glyphs that are drawn over what lies behind, with soft edges

class HudSensor final : public Sensor {
 public:
  HudSensor(const JudgeProfile& judge, const std::filesystem::path& profile) {
    for (const std::string& text : judge.fields) fields_.emplace_back(text, judge.glyphs, profile);
  }

  void begin(const RunFolders& /*folders*/, const std::string& /*target*/) override { readings_.clear(); }

  void see(const Frame& frame) override {
    Reading reading;
    for (const HudField& field : fields_) {
      const std::string text = field.read(frame.view());
      if (!text.empty()) reading[field.name()] = text;
    }
    if (!reading.empty()) readings_.push_back(std::move(reading));
  }

  [[nodiscard]] std::vector<Reading> poll() override { return std::exchange(readings_, {}); }

 private:
  std::vector<HudField> fields_;
  std::vector<Reading> readings_;
};

}  // namespace

HudField::HudField(const std::string& text, const std::string& glyphs, const std::filesystem::path& profile) {
  std::istringstream words(text);
  words >> name_;
  for (int& number : place_) words >> number;
  std::string more;
  if (words.fail() || (words >> more) || place_[2] <= 0 || place_[3] <= 0 || place_[0] < 0 || place_[1] < 0)
    fail(ErrorKind::kConfig, "hud_glyphs field \"{}\", expected NAME X Y WIDTH HEIGHT", text);
  if (!glyphs.starts_with(kWad)) {
    sets_.push_back(read_glyph_folder(profile / glyphs));
    share_ = kPictureShare;
    return;
  }
  const std::size_t colon = glyphs.rfind(':');
  if (colon < kWad.size())
    fail(ErrorKind::kConfig,
         "glyphs \"{}\", expected wad:PATH:PREFIX, as wad:/usr/share/games/doom/freedoom1.wad:STTNUM", glyphs);
  sets_ = read_wad_digits(glyphs.substr(kWad.size(), colon - kWad.size()), glyphs.substr(colon + 1), place_[1]);
  base_width_px_ = kDoomPicture.width_px;
  place_[1] = row_in_picture(place_[1]);
  place_[3] = 1;  // the top is known
}

bool HudField::matches(ImageView picture, const Glyph& glyph, int tolerance, int x, int y) const {
  const int zoom = base_width_px_ > 0 ? picture.width_px / base_width_px_ : 1;
  const auto allowed = static_cast<std::size_t>((1.0 - share_) * static_cast<double>(glyph.pixels.size()));
  std::size_t num_wrong = 0;
  for (const GlyphPixel& pixel : glyph.pixels) {
    const int px = (x + pixel.x) * zoom;
    const int py = (y + pixel.y) * zoom;
    if (px < 0 || py < 0 || px >= picture.width_px || py >= picture.height_px) return false;
    const std::uint8_t* shown = picture.row(py) + std::ptrdiff_t{kBytesPerPixel} * px;
    for (std::size_t i = 0; i < 3; ++i) {
      if (std::abs(shown[i] - pixel.colour[i]) <= tolerance) continue;
      if (++num_wrong > allowed) return false;
      break;
    }
  }
  return true;
}

std::string HudField::read_row(ImageView picture, const GlyphSet& set, int y) const {
  std::string text;
  for (int x = place_[0]; x < place_[0] + place_[2];) {
    const auto found = std::find_if(set.glyphs.begin(), set.glyphs.end(),
                                    [&](const Glyph& glyph) { return matches(picture, glyph, set.tolerance, x, y); });
    if (found != set.glyphs.end()) text += found->character;
    x += found != set.glyphs.end() ? std::max(found->width_px, 1) : 1;
  }
  return text;
}

std::string HudField::read(ImageView picture) const {
  if (base_width_px_ > 0 && picture.width_px < base_width_px_) return {};
  std::string best;
  for (const GlyphSet& set : sets_) {
    for (int y = place_[1]; y < place_[1] + place_[3]; ++y) {
      std::string text = read_row(picture, set, y);
      if (text.size() > best.size()) best = std::move(text);
    }
  }
  return best;
}

std::unique_ptr<Sensor> create_hud_sensor(const JudgeProfile& judge, const std::filesystem::path& profile) {
  return std::make_unique<HudSensor>(judge, profile);
}

}  // namespace atl::envs::desktop
