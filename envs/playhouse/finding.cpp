#include "envs/playhouse/finding.h"

namespace atl::envs::playhouse {
namespace {

Deed deed_of(EventKind kind) {
  switch (kind) {
    case EventKind::kTook: return Deed::kPickedUp;
    case EventKind::kPutDown:
    case EventKind::kDropped: return Deed::kPutDown;
    case EventKind::kGave: return Deed::kHandedOver;
    case EventKind::kPushed: return Deed::kPushed;
    case EventKind::kOpened: return Deed::kOpened;
    case EventKind::kClosed: return Deed::kClosed;
    case EventKind::kTurnedOn: return Deed::kTurnedOn;
    case EventKind::kTurnedOff: return Deed::kTurnedOff;
    case EventKind::kPressed: return Deed::kPressed;
    case EventKind::kStored: return Deed::kStored;
    case EventKind::kTookOut: return Deed::kTookOut;
    case EventKind::kSetting: return Deed::kSwitchedSetting;
    case EventKind::kJumped: return Deed::kJumped;
    case EventKind::kScreen:
    case EventKind::kRefused: return Deed::kNone;
  }
  return Deed::kNone;
}

}  // namespace

Finding done(Deed deed, Entity about) { return {Finding::Kind::kDone, deed, about}; }
Finding wrong(Deed deed, Entity about) { return {Finding::Kind::kWrong, deed, about}; }
Finding failed(Deed deed, Entity about) { return {Finding::Kind::kFailed, deed, about}; }
Finding done(const Event& event) { return done(deed_of(event.kind), event.entity); }
Finding wrong(const Event& event) { return wrong(deed_of(event.kind), event.entity); }
Finding failed(const Event& event) { return failed(deed_of(event.kind), event.entity); }

}  // namespace atl::envs::playhouse
