#include "app/mail_room.h"

#include "app/mail_retention.h"

namespace crossguard {

Handler HandlerOf(MessageKind kind) {
  switch (kind) {
    case MessageKind::kErasureNotice:
      return HandleErasureNotice;
    case MessageKind::kErasureReceipt:
      return HandleErasureReceipt;
    default:
      return nullptr;
  }
}

}  // namespace crossguard
