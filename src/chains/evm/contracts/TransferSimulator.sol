// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.26;

/**
 * @notice What the relayer asks of the transfers that it is about to send: would each pass, after those before it, and what
 * would it take. It lies on no chain: its creation is only called, never sent (`eth_call` without `to`), and what the
 * constructor returns are the answers, not code.
 *
 * @dev A payer with code is not tried: the token would run that code, and it could burn the gas of those behind it.
 * What is returned passes for code with the nodes that look: it is shorter than 24,576 bytes and begins with no 0xef.
 */
contract TransferSimulator {
    uint256 private constant PASSES = 1 << 248;
    uint256 private constant HAS_CODE = 2 << 248;
    uint256 private constant REASON_BYTES = 64;
    uint256 private constant WORDS = 3;

    /**
     * @param token The token of EIP-3009.
     * @param gasEach What each transfer may take.
     * @param transfers Calldata of each; its first argument is the payer.
     * Returns three words for each: what it is in the first byte, length of the reason in the second, gas taken in the rest;
     * then the reason's text, cut off.
     */
    constructor(address token, uint256 gasEach, bytes[] memory transfers) {
        uint256[] memory words = new uint256[](WORDS * transfers.length);
        for (uint256 i = 0; i < transfers.length; ++i) {
            bytes memory transfer = transfers[i];
            address payer;
            assembly ("memory-safe") {
                payer := mload(add(transfer, 36))
            }
            if (payer.code.length > 0) words[WORDS * i] = HAS_CODE;
            else simulate(token, gasEach, transfer, words, WORDS * i);
        }
        assembly ("memory-safe") {
            return(add(words, 32), mul(mload(words), 32))
        }
    }

    function simulate(address token, uint256 gasEach, bytes memory transfer, uint256[] memory words, uint256 slot) private {
        uint256 before = gasleft();
        (bool passes, bytes memory answer) = token.call{gas: gasEach}(transfer);
        words[slot] = before - gasleft();
        if (passes) words[slot] |= PASSES;
        // Error(string): selector, offset, length, text.
        else if (answer.length >= 68 && bytes4(answer) == bytes4(keccak256("Error(string)"))) {
            uint256 length;
            uint256 first;
            uint256 second;
            assembly ("memory-safe") {
                length := mload(add(answer, 68))
                first := mload(add(answer, 100))
                second := mload(add(answer, 132))
            }
            words[slot] |= (length < REASON_BYTES ? length : REASON_BYTES) << 240;
            words[slot + 1] = first;
            words[slot + 2] = second;
        }
    }
}
