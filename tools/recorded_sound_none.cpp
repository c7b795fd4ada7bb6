// Builds without a desktop.
#include "core/error.h"
#include "tools/recorded_sound.h"

namespace atl::tools {

std::unique_ptr<RecordedSound> create_recorded_sound(const RecordConfig& config) {
  if (!config.audio) return nullptr;
  fail(ErrorKind::kUsage,
       "record.audio is true, but this build cannot record sound: configure with -DATOLL_DESKTOP=ON");
}

}  // namespace atl::tools
