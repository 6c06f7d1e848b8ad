<?php

/** Whether a webhook comes from the service, and now. `$body` is what came, before JSON. */
function verify(string $secret, string $body): bool
{
    $sent = fn (string $name): string => $_SERVER["HTTP_WEBHOOK_$name"] ?? '';
    $key = base64_decode(substr($secret, strlen('whsec_')));
    $mac = hash_hmac('sha256', "{$sent('ID')}.{$sent('TIMESTAMP')}.$body", $key, true);
    $right = 'v1,' . base64_encode($mac);
    foreach (explode(' ', $sent('SIGNATURE')) as $signature) {
        if (hash_equals($right, $signature)) {
            return abs(time() - (int) $sent('TIMESTAMP')) < 300;
        }
    }
    return false;
}
