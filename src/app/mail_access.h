// What another house must say to the owner of what it opened in need: docs/formats/messages/access.md.
#pragma once

#include "app/mail_room.h"

namespace crossguard {

// {"compartment", "from", "until", "officers"}: that the glass was broken, for how long, and by how many. Never who,
// nor why: that stands in the ledger of the house that did it, and is asked for there.
nlohmann::json AccessNoticeJson(const std::string& compartment, int64_t officer_count, Instant from, Instant until);

Result<Handled> HandleAccessNotice(House& house, Transaction& transaction, const Permit& permit,
                                   const ReceivedMessage& message);

}  // namespace crossguard
