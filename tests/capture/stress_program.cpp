// The long run of tests/capture/stress.h: capture_stress PICTURES SEED one|two. Tells what it found as one line of
// JSON; exit code 1 if a picture was bad.
#include "tests/capture/stress.h"

#include <fmt/core.h>

#include <cstdlib>
#include <string_view>

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  atl::tests::StressConfig config;
  config.num_pictures = std::strtoull(argv[1], nullptr, 10);
  config.seed = std::strtoull(argv[2], nullptr, 10);
  config.in_two = std::string_view(argv[3]) == "two";
  const atl::tests::StressResult r = atl::tests::stress(config);
  for (const std::string& problem : r.problems) fmt::print(stderr, "{}\n", problem);
  fmt::print(
      R"({{"pictures": {}, "drawn": {}, "moves": {}, "resizes": {}, "covers": {}, "unmaps": {}, "torn": {}, "stale": {}, )"
      R"("wrong": {}, "twice": {}, "late": {}, "discarded": {}, "seconds": {:.1f}}})"
      "\n",
      r.num_pictures, r.num_drawn, r.num_moves, r.num_resizes, r.num_covers, r.num_unmaps, r.num_torn, r.num_stale,
      r.num_wrong, r.num_twice, r.num_late, r.num_discarded, r.seconds);
  return r.num_bad() == 0 && r.num_pictures == config.num_pictures ? 0 : 1;
}
