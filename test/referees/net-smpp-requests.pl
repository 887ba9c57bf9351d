#!/usr/bin/perl
# An ESME made of Perl's Net::SMPP that asks what it is told to. The first line of JSON says where to bind and as whom; each
# other one is a command and its parameters. It writes a line of JSON for each answer, and unbinds at the end of its input.
use strict;
use warnings;
use JSON::PP;
use Net::SMPP;

$| = 1;
my $json = JSON::PP->new->canonical->utf8;

my $login = $json->decode(scalar <STDIN>);
my ($smpp, $bound) = Net::SMPP->new_transceiver(
    '127.0.0.1',
    port      => $login->{port},
    system_id => $login->{systemId},
    password  => $login->{password},
) or die "cannot connect: $!";
print $json->encode({ event => 'bind_resp', status => $bound->status }), "\n";

my @fields = qw(message_id final_date message_state error_code num_unsuccess destination_addr error_status_code);
while (my $line = <STDIN>) {
    my $order = $json->decode($line);
    my $command = $order->{command};
    my $answer = $smpp->$command(%{ $order->{fields} }) or die "no answer to $command\n";
    my %heard = map { $_ => $answer->{$_} } grep { defined $answer->{$_} } @fields;
    print $json->encode({ event => "${command}_resp", status => $answer->status, %heard }), "\n";
}
$smpp->unbind() or die "no answer to the unbind\n";
