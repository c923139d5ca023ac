#include "app/mail_room.h"

namespace crossguard {

Handler HandlerOf(MessageKind kind) {
  switch (kind) {
    default:
      return nullptr;
  }
}

}  // namespace crossguard
