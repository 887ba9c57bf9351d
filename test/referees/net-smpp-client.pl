#!/usr/bin/perl
# An ESME made of Perl's Net::SMPP. It reads one line of JSON: where to bind, as whom, and the messages to submit; it
# writes a line of JSON for all that happens, waits until each message has its receipt, and unbinds.
use strict;
use warnings;
use Encode qw(decode encode);
use JSON::PP;
use Net::SMPP;

$| = 1;
my $json = JSON::PP->new->canonical->utf8;

sub say_event {
    my ($event, %fields) = @_;
    print $json->encode({ event => $event, %fields }), "\n";
}

my $order = $json->decode(scalar <STDIN>);
my ($smpp, $bound) = Net::SMPP->new_transceiver(
    '127.0.0.1',
    port      => $order->{port},
    system_id => $order->{systemId},
    password  => $order->{password},
) or die "cannot connect: $!";
defined $bound or die "no answer to the bind\n";
say_event('bind_resp', status => $bound->status, systemId => $bound->{system_id});
exit 1 if $bound->status != 0;

# data_coding => what Encode calls it
my %alphabets = (0 => 'gsm0338', 8 => 'UTF-16BE');

my $waiting = 0;
my %handset_of;
for my $message (@{ $order->{messages} }) {
    my $sequence = $smpp->submit_sm(
        async               => 1,
        source_addr_ton     => Net::SMPP::TON_network_specific,
        source_addr         => $message->{from},
        dest_addr_ton       => Net::SMPP::TON_international,
        dest_addr_npi       => Net::SMPP::NPI_isdn,
        destination_addr    => $message->{to},
        registered_delivery => Net::SMPP::REG_receipt_always,
        data_coding         => $message->{dataCoding},
        short_message       => encode($alphabets{ $message->{dataCoding} }, $message->{text}),
    );
    $handset_of{$sequence} = $message->{to};
    $waiting++;
}

while ($waiting > 0) {
    my $pdu = $smpp->read_pdu() or die "the gateway ended the connection\n";
    if ($pdu->cmd == Net::SMPP::CMD_submit_sm_resp) {
        my $handset = delete $handset_of{ $pdu->seq } // die "an answer to nothing\n";
        say_event('submit_sm_resp', status => $pdu->status, messageId => $pdu->{message_id}, to => $handset);
        $waiting-- if $pdu->status != 0;
    }
    elsif ($pdu->cmd == Net::SMPP::CMD_deliver_sm) {
        say_event(
            'deliver_sm',
            from     => $pdu->{source_addr},
            to       => $pdu->{destination_addr},
            esmClass => $pdu->{esm_class},
            text     => $pdu->{short_message},
            # a C-octet string, with its NUL
            receiptedId => unpack('Z*', $pdu->{receipted_message_id}),
            state       => unpack('C', $pdu->{message_state}),
        );
        $smpp->deliver_sm_resp(seq => $pdu->seq, message_id => '');
        $waiting--;
    }
    elsif ($pdu->cmd == Net::SMPP::CMD_enquire_link) {
        $smpp->enquire_link_resp(seq => $pdu->seq);
    }
    else {
        say_event('unexpected', command => $pdu->explain_cmd);
    }
}

my $unbound = $smpp->unbind() or die "no answer to the unbind\n";
say_event('unbind_resp', status => $unbound->status);
