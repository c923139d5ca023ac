// What arriving messages of coordination do (app/mail_room.h): notices and their settlement, leads, tasks and reports.
#pragma once

#include "app/mail_room.h"

namespace crossguard {

Result<Handled> HandleDeconflictionNotice(House& house, Transaction& transaction, const Permit& permit,
                                          const ReceivedMessage& message);
// To the house that found it: what one party says was agreed; when all say the same it is settled. To a party: how the
// house that found it settled it.
Result<Handled> HandleDeconflictionSettled(House& house, Transaction& transaction, const Permit& permit,
                                           const ReceivedMessage& message);
Result<Handled> HandleLeadAssignment(House& house, Transaction& transaction, const Permit& permit,
                                     const ReceivedMessage& message);
Result<Handled> HandleTask(House& house, Transaction& transaction, const Permit& permit,
                           const ReceivedMessage& message);
Result<Handled> HandleTaskReport(House& house, Transaction& transaction, const Permit& permit,
                                 const ReceivedMessage& message);

}  // namespace crossguard
