#include "core/clock.h"
#include "core/random.h"
#include "core/resize.h"
#include "tools/bench.h"

#include <fmt/core.h>

namespace atl::tools {

std::vector<Figure> bench_resize(const BenchOptions& options) {
  constexpr int kRounds = 50;
  std::vector<Figure> figures;
  for (const auto& [source, target] :
       {std::pair{FrameSize{640, 480}, FrameSize{96, 72}}, std::pair{FrameSize{960, 720}, FrameSize{96, 72}},
        std::pair{FrameSize{1280, 720}, FrameSize{160, 90}}}) {
    Frame frame = make_frame(source);
    Random random(1);
    for (std::uint8_t& byte : frame.pixels) byte = static_cast<std::uint8_t>(random());
    std::vector<std::uint8_t> small(static_cast<std::size_t>(target.width_px * target.height_px * kBytesPerPixel));
    Resizer resizer(target);
    figures.push_back(repeat_figure(
        fmt::format("{}x{} to {}x{}", source.width_px, source.height_px, target.width_px, target.height_px), "ms",
        options.repeats, [&] {
          const Timestamp begin = MonotonicClock::now();
          for (int i = 0; i < kRounds; ++i) resizer.resize(frame.view(), small);
          return to_ms(MonotonicClock::now() - begin) / kRounds;
        }));
  }
  return figures;
}

}  // namespace atl::tools
