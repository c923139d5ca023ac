// The things that synthetic people have: addresses of the net, numbers, mailboxes, names, words. Made so that they can
// belong to nobody: mailboxes and pages at `.example` (RFC 2606), telephone numbers in ranges that no country has given
// out or that are kept for drama, names that are plainly numbers. Addresses of the net must lie in their country, so
// they are drawn at random from large national allocations; they stand for nobody's line.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "env/random.h"

namespace crossguard::simulate {

struct Country {
  std::string_view code;  // ISO 3166-1 alpha-2
  std::string_view name;  // in English
  int share;              // of 1000 persons
  int calling_code;
  int phone_digits;    // of the national number
  uint32_t ip4_first;  // first of `ip4_count` consecutive /16 networks, as the upper 16 bits
  uint32_t ip4_count;
  std::string_view ip6;  // a /32, as "2404:4400"
  int offset_minutes;    // of its clock, without summer time
  std::string_view language;
  std::string_view authority;  // its point of contact in the shipped example; "" if it has none there
};

std::span<const Country> Countries();
const Country& AnyCountry(SeededRandom& random);  // by share
const Country* FindCountry(std::string_view code);

// number: of the person, so that two persons never share by chance.
std::string PhoneOf(const Country& country, uint64_t number);  // E.164
std::string Mailbox(uint64_t number, SeededRandom& random);    // canonical
std::string ScreenName(uint64_t number, SeededRandom& random);
std::string Ip4(const Country& country, SeededRandom& random);
std::string Ip6(const Country& country, SeededRandom& random);  // RFC 5952
std::string DataCentreIp(SeededRandom& random);                 // an exit of a virtual private network

struct Device {
  std::string id_type;    // as a provider writes it
  std::string id_value;   // as a provider writes it
  std::string canonical;  // "imei:..."
};
Device AnyDevice(SeededRandom& random);
std::string Iban(uint64_t number);  // valid check number, of a bank that does not exist

// What people write about themselves, in the language of the country; harmless on purpose.
std::string Bio(const Country& country, SeededRandom& random);
std::string Statement(const Country& country);  // "I live in Austria."

uint64_t Mix(uint64_t a, uint64_t b);  // a seed of two

}  // namespace crossguard::simulate
