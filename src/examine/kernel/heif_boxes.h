// Boxes of a file of the HEIF family (ISO/IEC 14496-12, 4.2), one in the other. Bounded: every box is within the one
// around it, and of boxes beside one another no more than 4,096 are looked at. Internal to the kernel.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "examine/kernel/numbers.h"

namespace crossguard::examine {

// The boxes that stand in `bytes`; the first that does not fit ends the walk.
void EachBox(ByteView bytes, const std::function<void(std::string_view type, ByteView body)>& on_box);

ByteView FirstBox(ByteView bytes, std::string_view type);                // empty if there is none
std::optional<ByteView> OnlyBox(ByteView bytes, std::string_view type);  // nullopt: none or several

}  // namespace crossguard::examine
