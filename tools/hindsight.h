// Instructions in hindsight: whoever did something did, in the seconds before, what an instruction for it asks for. One
// rule a world finds out what was done; `atoll label` offers what it finds as a first draft.
#pragma once

#include "web/open_recording.h"

#include <string>

namespace atl::tools {

/// The rule for recordings of `world`; empty where there is none:
///   doom                     pickups, read from the message line of the pictures
///   playhouse, playhouse/..  what hands did, from the world played again (recordings on the world's clock)
[[nodiscard]] web::DraftRule find_draft_rule(const std::string& world);

}  // namespace atl::tools
