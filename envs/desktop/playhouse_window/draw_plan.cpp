#include "envs/desktop/playhouse_window/draw_plan.h"

namespace atl::envs::desktop {
namespace {

using std::chrono::milliseconds;

constexpr double kUsualPixel_ns = 6.0;
constexpr int kPicturesPerLook = 30;
// Of the 16.7 ms of a tick. A plan is left when it takes more than kTooLong; the next one is to fit into kBudget, and
// a finer one into kClearly, so that plans do not alternate.
constexpr Duration kTooLong = milliseconds(13);
constexpr Duration kBudget = milliseconds(11);
constexpr Duration kClearly = milliseconds(8);

double pixels_of(FrameSize view, const DrawPlan& plan) {
  const int columns = view.width_px / plan.divisor;
  const int rows = view.height_px / plan.divisor;
  const double drawn = static_cast<double>(columns) * rows;
  return plan.smooth ? 4 * drawn : drawn;
}

}  // namespace

DrawPlan plan_drawing(FrameSize view, double pixel_ns, Duration budget) {
  for (const DrawPlan& plan : kDrawPlans) {
    if (pixels_of(view, plan) * pixel_ns <= static_cast<double>(budget.count())) return plan;
  }
  return kDrawPlans.back();
}

DrawPace::DrawPace(FrameSize view) : view_(view), plan_(plan_drawing(view, kUsualPixel_ns, kBudget)) {}

bool DrawPace::note(Duration time) {
  total_ += time;
  if (++num_pictures_ < kPicturesPerLook) return false;
  const Duration mean = total_ / num_pictures_;
  const double pixel_ns = static_cast<double>(mean.count()) / pixels_of(view_, plan_);
  total_ = {};
  num_pictures_ = 0;
  DrawPlan next = plan_drawing(view_, pixel_ns, mean > kTooLong ? kBudget : kClearly);
  const bool is_finer = pixels_of(view_, next) > pixels_of(view_, plan_);
  if (next == plan_ || (mean <= kTooLong && !is_finer)) return false;
  plan_ = next;
  return true;
}

}  // namespace atl::envs::desktop
