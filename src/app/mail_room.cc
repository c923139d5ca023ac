#include "app/mail_room.h"

#include "app/mail_coordination.h"

namespace crossguard {

Handler HandlerOf(MessageKind kind) {
  switch (kind) {
    case MessageKind::kDeconflictionNotice:
      return HandleDeconflictionNotice;
    case MessageKind::kDeconflictionSettled:
      return HandleDeconflictionSettled;
    case MessageKind::kLeadAssignment:
      return HandleLeadAssignment;
    case MessageKind::kTask:
      return HandleTask;
    case MessageKind::kTaskReport:
      return HandleTaskReport;
    default:
      return nullptr;
  }
}

}  // namespace crossguard
