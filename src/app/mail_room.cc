#include "app/mail_room.h"

#include "app/cosign_desk.h"
#include "app/mail_retention.h"

namespace crossguard {

Handler HandlerOf(MessageKind kind) {
  switch (kind) {
    case MessageKind::kErasureNotice:
      return HandleErasureNotice;
    case MessageKind::kErasureReceipt:
      return HandleErasureReceipt;
    case MessageKind::kCheckpoint:
      return HandleCheckpoint;
    case MessageKind::kCheckpointCosigned:
      return HandleCheckpointCosigned;
    default:
      return nullptr;
  }
}

}  // namespace crossguard
