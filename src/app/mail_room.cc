#include "app/mail_room.h"

#include "app/mail_outcome.h"

namespace crossguard {

Handler HandlerOf(MessageKind kind) {
  switch (kind) {
    case MessageKind::kOutcomeReport:
      return HandleOutcomeReport;
    case MessageKind::kFeedback:
      return HandleFeedback;
    default:
      return nullptr;
  }
}

}  // namespace crossguard
