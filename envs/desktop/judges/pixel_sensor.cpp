#include "envs/desktop/judges/pixel_sensor.h"

#include "core/error.h"

#include <cstdlib>
#include <sstream>
#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr std::string_view kForm =
    "NAME share X Y WIDTH HEIGHT RRGGBB TOLERANCE, NAME mean X Y WIDTH HEIGHT, or NAME change X Y WIDTH HEIGHT";

class PixelSensor final : public Sensor {
 public:
  explicit PixelSensor(const JudgeProfile& judge) {
    for (const std::string& text : judge.fields) fields_.emplace_back(text);
  }

  void begin(const RunFolders& /*folders*/, const std::string& /*target*/) override {
    first_ = {};
    readings_.clear();
  }

  void see(const Frame& frame) override {
    if (first_.pixels.empty()) first_ = frame;
    Reading reading;
    for (const PixelField& field : fields_) {
      if (const auto value = field.read(frame.view(), first_.view())) reading[field.name()] = *value;
    }
    readings_.push_back(std::move(reading));
  }

  [[nodiscard]] std::vector<Reading> poll() override { return std::exchange(readings_, {}); }

 private:
  std::vector<PixelField> fields_;
  Frame first_;  // of the episode; empty before it
  std::vector<Reading> readings_;
};

}  // namespace

PixelField::PixelField(const std::string& text) {
  std::istringstream words(text);
  words >> name_ >> what_;
  for (int& number : place_) words >> number;
  std::string more;
  bool is_good = !words.fail() && place_[0] >= 0 && place_[1] >= 0 && place_[2] > 0 && place_[3] > 0;
  if (what_ == "share") {
    std::string colour;
    words >> colour >> tolerance_;
    is_good &=
        !words.fail() && colour.size() == 6 && colour.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    if (is_good) {
      const long rgb = std::strtol(colour.c_str(), nullptr, 16);
      colour_ = {static_cast<int>(rgb & 0xff), static_cast<int>(rgb >> 8 & 0xff), static_cast<int>(rgb >> 16)};
    }
  } else {
    is_good &= what_ == "mean" || what_ == "change";
  }
  if (!is_good || (words >> more)) fail(ErrorKind::kConfig, "pixel field \"{}\", expected {}", text, kForm);
}

template <class Value>
double PixelField::mean_of(ImageView picture, Value value) const {
  double sum = 0;
  for (int y = place_[1]; y < place_[1] + place_[3]; ++y) {
    for (int x = place_[0]; x < place_[0] + place_[2]; ++x)
      sum += value(picture.row(y) + std::ptrdiff_t{kBytesPerPixel} * x, x, y);
  }
  return sum / (place_[2] * place_[3]);
}

std::optional<double> PixelField::read(ImageView picture, ImageView first) const {
  if (place_[0] > picture.width_px - place_[2] || place_[1] > picture.height_px - place_[3]) return std::nullopt;
  if (what_ == "share") {
    return mean_of(picture, [&](const std::uint8_t* pixel, int, int) {
      for (std::size_t i = 0; i < 3; ++i) {
        if (std::abs(pixel[i] - colour_[i]) > tolerance_) return 0.0;
      }
      return 1.0;
    });
  }
  if (what_ == "mean")
    return mean_of(picture, [](const std::uint8_t* p, int, int) { return (p[0] + p[1] + p[2]) / 3.0; });
  if (first.width_px != picture.width_px || first.height_px != picture.height_px) return std::nullopt;
  return mean_of(picture, [&](const std::uint8_t* p, int x, int y) {
    const std::uint8_t* q = first.row(y) + std::ptrdiff_t{kBytesPerPixel} * x;
    return (std::abs(p[0] - q[0]) + std::abs(p[1] - q[1]) + std::abs(p[2] - q[2])) / 3.0;
  });
}

std::unique_ptr<Sensor> create_pixel_sensor(const JudgeProfile& judge) { return std::make_unique<PixelSensor>(judge); }

}  // namespace atl::envs::desktop
