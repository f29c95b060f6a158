# Reads people, indexes their words in hashes of hashes, and prints a report: everyday Perl.
use strict;
use warnings;

my (%cities, %words);
while (my $line = <>) {
  chomp $line;
  my ($id, $name, $city, $age, $note) = split /,/, $line;
  push @{ $cities{$city} }, { id => $id, name => ucfirst $name, age => $age };
  $words{$_}{$city}++ for grep { length > 4 } split / /, $note;
}
for my $city (sort keys %cities) {
  my @oldest = sort { $b->{age} <=> $a->{age} || $a->{name} cmp $b->{name} } @{ $cities{$city} };
  my $names = join ", ", map { $_->{name} } @oldest[0 .. 2];
  (my $title = $city) =~ s/city(\d+)/sprintf "City %03d", $1/e;
  print "$title: $names\n";
}
my @spread = sort { keys %{ $words{$b} } <=> keys %{ $words{$a} } || $a cmp $b } keys %words;
print "$_ " . keys(%{ $words{$_} }) . "\n" for @spread[0 .. 20];
