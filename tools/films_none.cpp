// Films in a build without the video library (preset `cluster`).
#include "core/error.h"
#include "tools/films.h"

namespace atl::tools {

bool can_film() { return false; }

std::unique_ptr<session::EpisodeSink> create_film(const std::filesystem::path& file, double /*action_rate_hz*/) {
  fail(ErrorKind::kEnvironment, "cannot film {}: this build has no video; build with -DATOLL_DESKTOP=ON",
       file.string());
}

}  // namespace atl::tools
