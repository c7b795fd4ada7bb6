#include "envs/desktop/judges/motion_sensor.h"

#include "core/error.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace atl::envs::desktop {
namespace {

constexpr int kWidth = 192;  // of the picture that is measured
constexpr int kBlock = 32;   // its side
constexpr int kColumns = 6;
constexpr int kMaxRows = 4;
constexpr double kMinResponse = 0.08;  // of a correlation peak that can be believed
constexpr double kStill_px = 0.03;     // shifts below are none
constexpr double kOutlier_px = 1.5;

struct BlockShift {
  double x = 0;  // of the block's centre, from the picture's
  double y = 0;
  double u = 0;  // shift
  double v = 0;
};

struct Fit {
  double a = 0;
  double b = 0;
  double s = 0;
};

// Least squares of u = a + s x, v = b + s y.
Fit fit_shifts(const std::vector<BlockShift>& shifts) {
  double mean_x = 0;
  double mean_y = 0;
  double mean_u = 0;
  double mean_v = 0;
  for (const BlockShift& shift : shifts) {
    mean_x += shift.x;
    mean_y += shift.y;
    mean_u += shift.u;
    mean_v += shift.v;
  }
  const auto n = static_cast<double>(std::max<std::size_t>(shifts.size(), 1));
  mean_x /= n, mean_y /= n, mean_u /= n, mean_v /= n;
  double along = 0;
  double spread = 0;
  for (const BlockShift& shift : shifts) {
    along += (shift.x - mean_x) * (shift.u - mean_u) + (shift.y - mean_y) * (shift.v - mean_v);
    spread += (shift.x - mean_x) * (shift.x - mean_x) + (shift.y - mean_y) * (shift.y - mean_y);
  }
  Fit fit;
  fit.s = spread > 0 ? along / spread : 0;
  fit.a = mean_u - fit.s * mean_x;
  fit.b = mean_v - fit.s * mean_y;
  return fit;
}

double error_of(const BlockShift& shift, const Fit& fit) {
  return std::hypot(shift.u - fit.a - fit.s * shift.x, shift.v - fit.b - fit.s * shift.y);
}

// OpenCV's function multiplies its inputs by the window where they lie.
cv::Point2d shift_between(const cv::Mat& before, const cv::Mat& now, const cv::Mat& window, double& response) {
  cv::Mat first = before.clone();
  cv::Mat second = now.clone();
  return cv::phaseCorrelate(first, second, window, &response);
}

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Things that move by themselves, and weapons that stay where they are, do not follow the camera: they are left out.
Fit robust_fit(std::vector<BlockShift> shifts) {
  if (shifts.size() < 3) return {};
  std::vector<double> us;
  std::vector<double> vs;
  for (const BlockShift& shift : shifts) {
    us.push_back(shift.u);
    vs.push_back(shift.v);
  }
  Fit fit{median_of(us), median_of(vs), 0};
  const auto keep_near = [&](double limit) {
    std::vector<BlockShift> near;
    for (const BlockShift& shift : shifts) {
      if (error_of(shift, fit) <= limit) near.push_back(shift);
    }
    if (near.size() >= 3) fit = fit_shifts(near);
  };
  keep_near(4 * kOutlier_px);
  keep_near(kOutlier_px);
  return fit;
}

}  // namespace

struct MotionMeter::State {
  double field_of_view_deg;
  cv::Mat before;
  cv::Mat block_window;
  cv::Mat whole_window;

  [[nodiscard]] static cv::Mat small_grey(ImageView view) {
    const cv::Mat bgra(view.height_px, view.width_px, CV_8UC4, const_cast<std::uint8_t*>(view.data),
                       static_cast<std::size_t>(view.stride_bytes));
    cv::Mat grey;
    cv::cvtColor(bgra, grey, cv::COLOR_BGRA2GRAY);
    const int height = std::max(kBlock, static_cast<int>(std::lround(double(kWidth) * view.height_px / view.width_px)));
    cv::Mat small;
    cv::resize(grey, small, {kWidth, height}, 0, 0, cv::INTER_AREA);
    small.convertTo(small, CV_32F);
    return small;
  }

  [[nodiscard]] std::vector<BlockShift> block_shifts(const cv::Mat& now, int du, int dv) const {
    std::vector<BlockShift> shifts;
    const int rows = std::min(kMaxRows, now.rows / kBlock);
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < kColumns; ++column) {
        const cv::Rect from(column * kWidth / kColumns, row * now.rows / rows, kBlock, kBlock);
        const cv::Rect to = from + cv::Point(du, dv);
        const cv::Rect all(0, 0, now.cols, now.rows);
        if ((to & all) != to || (from & all) != from) continue;
        double response = 0;
        const cv::Point2d shift = shift_between(before(from), now(to), block_window, response);
        if (response < kMinResponse) continue;
        shifts.push_back({from.x + kBlock / 2.0 - now.cols / 2.0, from.y + kBlock / 2.0 - now.rows / 2.0, shift.x + du,
                          shift.y + dv});
      }
    }
    return shifts;
  }
};

MotionMeter::MotionMeter(double field_of_view_deg) : state_(std::make_unique<State>()) {
  state_->field_of_view_deg = field_of_view_deg;
  cv::createHanningWindow(state_->block_window, {kBlock, kBlock}, CV_32F);
}

MotionMeter::MotionMeter(MotionMeter&&) noexcept = default;
MotionMeter& MotionMeter::operator=(MotionMeter&&) noexcept = default;
MotionMeter::~MotionMeter() = default;

CameraMotion MotionMeter::update(ImageView view) {
  const cv::Mat now = State::small_grey(view);
  const cv::Mat before = std::exchange(state_->before, now);
  if (before.size() != now.size()) return {};
  state_->before = before;
  if (state_->whole_window.size() != now.size()) cv::createHanningWindow(state_->whole_window, now.size(), CV_32F);
  // Where the whole picture went, so that blocks can be found again after a fast turn.
  double response = 0;
  const cv::Point2d whole = shift_between(before, now, state_->whole_window, response);
  const std::vector<BlockShift> turned =
      state_->block_shifts(now, static_cast<int>(std::lround(whole.x)), static_cast<int>(std::lround(whole.y)));
  const std::vector<BlockShift> stayed = state_->block_shifts(now, 0, 0);
  const Fit fit = robust_fit(turned.size() * 2 >= stayed.size() ? turned : stayed);
  state_->before = now;
  const double focal = kWidth / 2.0 / std::tan(state_->field_of_view_deg * std::numbers::pi / 360);
  const auto degrees = [&](double shift) {
    return std::abs(shift) < kStill_px ? 0.0 : std::atan(shift / focal) * 180 / std::numbers::pi;
  };
  return {degrees(-fit.a), degrees(fit.b), std::abs(fit.s) * kWidth / 2 < kStill_px ? 0.0 : fit.s};
}

namespace {

class MotionSensor final : public Sensor {
 public:
  explicit MotionSensor(const JudgeProfile& judge)
      : field_of_view_deg_(judge.field_of_view_deg), region_(judge.region), meter_(field_of_view_deg_) {}

  void begin(const RunFolders& /*folders*/, const std::string& /*target*/) override {
    meter_ = MotionMeter(field_of_view_deg_);
    sum_ = {};
    turned_deg_ = 0;
    readings_.clear();
  }

  void see(const Frame& frame) override {
    ImageView view = frame.view();
    if (!region_.empty()) {
      if (region_[0] + region_[2] > view.width_px || region_[1] + region_[3] > view.height_px) return;
      view.data = view.row(region_[1]) + std::ptrdiff_t{kBytesPerPixel} * region_[0];
      view.width_px = region_[2];
      view.height_px = region_[3];
    }
    const CameraMotion motion = meter_.update(view);
    sum_.right_deg += motion.right_deg;
    sum_.up_deg += motion.up_deg;
    sum_.growth += motion.growth;
    turned_deg_ += std::abs(motion.right_deg);
    readings_.push_back({{"right_deg", sum_.right_deg},
                         {"up_deg", sum_.up_deg},
                         {"forward", sum_.growth},
                         {"turned_deg", turned_deg_}});
  }

  [[nodiscard]] std::vector<Reading> poll() override { return std::exchange(readings_, {}); }

 private:
  const double field_of_view_deg_;
  const std::vector<int> region_;
  MotionMeter meter_;
  CameraMotion sum_;
  double turned_deg_ = 0;
  std::vector<Reading> readings_;
};

}  // namespace

std::unique_ptr<Sensor> create_motion_sensor(const JudgeProfile& judge) {
  return std::make_unique<MotionSensor>(judge);
}

}  // namespace atl::envs::desktop
