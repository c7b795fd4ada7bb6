<<<<<<< HEAD
// Films in a build without the video library (preset `cluster`).
=======
// Builds without a desktop have no video library.
>>>>>>> 8214565 (tools: eval plays and films what the suite asks)
#include "core/error.h"
#include "tools/films.h"

namespace atl::tools {

bool can_film() { return false; }

std::unique_ptr<session::EpisodeSink> create_film(const std::filesystem::path& file, double /*action_rate_hz*/) {
<<<<<<< HEAD
  fail(ErrorKind::kEnvironment, "cannot film {}: this build has no video; build with -DATOLL_DESKTOP=ON",
=======
  fail(ErrorKind::kEnvironment, "cannot film {}: this build has no video; configure with -DATOLL_DESKTOP=ON",
>>>>>>> 8214565 (tools: eval plays and films what the suite asks)
       file.string());
}

}  // namespace atl::tools
