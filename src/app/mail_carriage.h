// What arriving carriages do: a sealed parcel of another, to be handed on or for this house; and the word of what
// became of one. Bodies: docs/formats/messages/carriage.md.
#pragma once

#include "app/mail_room.h"
#include "register/carriage_rows.h"

namespace crossguard {

constexpr std::string_view kCarriedPrefix =
    "a.";  // of an attachment's name while its parcel is carried as a flat folder

Result<Handled> HandleCarriage(House& house, Transaction& transaction, const Permit& permit,
                               const ReceivedMessage& message);
Result<Handled> HandleCarriageReceipt(House& house, Transaction& transaction, const Permit& permit,
                                      const ReceivedMessage& message);

// Posts what became of a carried message: by the destination to the carrier, by the carrier to the origin. state of the
// row: delivered, with the destination's receipt; or refused, with the sentence.
Status PostCarriageReceipt(House& house, Transaction& transaction, const Permit& permit, const std::string& to,
                           const carriage_rows::CarriageRow& row);
// Posts the carriage of a parcel that lies in CarriageFolder(row); the id of its message.
Result<std::string> PostCarriage(House& house, Transaction& transaction, const Permit& permit, const std::string& to,
                                 const carriage_rows::CarriageRow& row);

}  // namespace crossguard
