#!/usr/bin/perl
# An SMSC made of Perl's Net::SMPP, for one ESME at a time. It takes every message and sends a receipt in plain text,
# without TLVs, where one is wanted: DELIVRD, or UNDELIV to numbers that end in 9; to those that end in 8 the receipt is
# sent before the answer that names the message. It writes a line of JSON for all that happens.
use strict;
use warnings;
use Encode qw(decode);
use JSON::PP;
use Net::SMPP;

use constant PASSWORD => 'opensesa';

$| = 1;
my $json = JSON::PP->new->canonical->utf8;
my $messages = 0;

# data_coding => what Encode calls it
my %alphabets = (0 => 'gsm0338', 8 => 'UTF-16BE');

sub say_event {
    my ($event, %fields) = @_;
    print $json->encode({ event => $event, %fields }), "\n";
}

sub header_and_text {
    my ($pdu) = @_;
    my $octets = $pdu->{short_message};
    my $header = '';
    if ($pdu->{esm_class} & Net::SMPP::ESM_feature_UDHI) {
        $header = substr($octets, 0, 1 + ord($octets), '');
    }
    return (unpack('H*', $header), decode($alphabets{ $pdu->{data_coding} }, $octets));
}

sub send_receipt {
    my ($smpp, $pdu, $id) = @_;
    my $end = $pdu->{destination_addr} =~ /9$/ ? 'dlvrd:000' : 'dlvrd:001';
    my $state = $pdu->{destination_addr} =~ /9$/ ? 'stat:UNDELIV err:011' : 'stat:DELIVRD err:000';
    $smpp->deliver_sm(
        async            => 1,
        source_addr      => $pdu->{destination_addr},
        destination_addr => $pdu->{source_addr},
        esm_class        => Net::SMPP::ESM_type_delivery_receipt,
        short_message    => "id:$id sub:001 $end submit date:2601011200 done date:2601011201 $state text:",
    );
}

sub take_message {
    my ($smpp, $pdu) = @_;
    my $id = 'perl-' . ++$messages;
    my ($header, $text) = header_and_text($pdu);
    say_event(
        'submit_sm',
        from               => $pdu->{source_addr},
        fromTon            => $pdu->{source_addr_ton},
        fromNpi            => $pdu->{source_addr_npi},
        to                 => $pdu->{destination_addr},
        toTon              => $pdu->{dest_addr_ton},
        toNpi              => $pdu->{dest_addr_npi},
        dataCoding         => $pdu->{data_coding},
        registeredDelivery => $pdu->{registered_delivery},
        octets             => length $pdu->{short_message},
        header             => $header,
        text               => $text,
        messageId          => $id,
    );
    my $wants_receipt = ($pdu->{registered_delivery} & Net::SMPP::REG_receipt_mask) == Net::SMPP::REG_receipt_always;
    my $is_early = $pdu->{destination_addr} =~ /8$/;
    send_receipt($smpp, $pdu, $id) if $wants_receipt && $is_early;
    $smpp->submit_sm_resp(seq => $pdu->seq, message_id => $id);
    send_receipt($smpp, $pdu, $id) if $wants_receipt && !$is_early;
}

# True while the session goes on.
sub handle {
    my ($smpp, $pdu) = @_;
    my $command = $pdu->cmd;
    if ($command == Net::SMPP::CMD_bind_transceiver) {
        my $is_welcome = $pdu->{password} eq PASSWORD;
        say_event('bind', systemId => $pdu->{system_id}, version => $pdu->{interface_version});
        my $status = $is_welcome ? Net::SMPP::ESME_ROK() : Net::SMPP::ESME_RINVPASWD();
        $smpp->bind_transceiver_resp(seq => $pdu->seq, status => $status, system_id => 'net-smpp');
        return $is_welcome;
    }
    if ($command == Net::SMPP::CMD_submit_sm) { take_message($smpp, $pdu) }
    elsif ($command == Net::SMPP::CMD_deliver_sm_resp) { say_event('deliver_sm_resp', status => $pdu->status) }
    elsif ($command == Net::SMPP::CMD_enquire_link) { $smpp->enquire_link_resp(seq => $pdu->seq) }
    elsif ($command == Net::SMPP::CMD_unbind) {
        say_event('unbind');
        $smpp->unbind_resp(seq => $pdu->seq);
        return 0;
    }
    else { say_event('unexpected', command => $pdu->explain_cmd) }
    return 1;
}

my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0, timeout => undef) or die "cannot listen: $!";
say_event('listening', port => $listener->sockport);
while (my $smpp = $listener->accept) {
    while (my $pdu = $smpp->read_pdu()) {
        last if !handle($smpp, $pdu);
    }
    $smpp->close;
}
